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

  /** The text names an integration or operation that does not exist. */
  static unknownName(cause: AppError, position: number): ParseError {
    const { suggestions = [] } = (cause.details ?? {}) as { suggestions?: readonly string[] };
    return new ParseError(cause.message, { position, suggestions }, cause.code);
  }
}

/** Neither the model nor the rules could read the text. */
export class NotUnderstoodError extends AppError {
  constructor(reasons: { llm: string; rule: ParseError }) {
    const { llm, rule } = reasons;
    super('validation_error', 'No action can be read from this text', {
      details: { llm, rule: rule.message, ...(rule.details as object | undefined) },
      cause: rule,
    });
  }
}

/** The message with its suggestions, if there are any. */
export function withSuggestions(message: string, suggestions: readonly string[]): string {
  return suggestions.length === 0 ? message : `${message}; did you mean ${suggestions.join(' or ')}?`;
}

const LONGEST_SHOWN = 60;

/** A piece of the input as it may be quoted in a message. */
export function shown(text: string): string {
  const cut = text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
  return JSON.stringify(cut.toWellFormed());
}
