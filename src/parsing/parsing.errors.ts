import { AppError } from '../errors/app-error.js';
import type { ErrorCode } from '../errors/error-code.js';

interface Where {
  /** Counted in characters from 0. */
  position?: number;
  suggestions?: readonly string[];
}

/** A text that no action can be read from, and why. The only thing a parser throws. */
export class ParseError extends AppError {
  constructor(message: string, where: Where = {}, code: ErrorCode = 'validation_error') {
    const { position, suggestions = [] } = where;
    const details = {
      ...(position === undefined ? {} : { position }),
      ...(suggestions.length === 0 ? {} : { suggestions }),
    };
    super(code, message, Object.keys(details).length === 0 ? {} : { details });
  }
}

/** The text, or the request, names an integration or operation that does not exist. */
export class UnknownOperationError extends ParseError {
  constructor(message: string, where: Where = {}) {
    super(message, where, 'not_found');
  }
}

/** Neither the model nor the rules could read the text. */
export class NotUnderstoodError extends AppError {
  constructor(reasons: { llm: string; rule: ParseError }) {
    super('validation_error', 'No action can be read from this text', {
      details: {
        llm: reasons.llm,
        rule: reasons.rule.message,
        ...(reasons.rule.details as object | undefined),
      },
      cause: reasons.rule,
    });
  }
}
