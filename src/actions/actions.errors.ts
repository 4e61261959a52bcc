import { AppError } from '../errors/app-error.js';
import { IntegrationError } from '../integrations/integration-error.js';
import type { Fault } from '../errors/fault.js';

/** The params do not satisfy the operation's schema; nothing was called. */
export class InvalidParamsError extends AppError {
  constructor(operation: string, faults: readonly Fault[]) {
    super('validation_error', `The params of ${operation} are not valid`, {
      details: faults.map(({ path, message }) => ({
        path: path === '' ? 'params' : `params.${path}`,
        message,
      })),
    });
  }
}

/** A model read a write: what would be sent, and the token by which it is. */
export class ConfirmationRequiredError extends AppError {
  constructor(details: object) {
    super('confirmation_required', 'A model read this, and it would change something: confirm it first', {
      details,
    });
  }
}

/** Wrong, used, over, or another caller's: which of these is not told. */
export class InvalidConfirmationError extends AppError {
  constructor() {
    super('conflict', 'This confirmation does not hold, or not any more: send the text again');
  }
}

/** The upstream did what was asked, but what it did cannot be told from an answer that nobody can pass on. */
export function answerTooDeep(isWrite: boolean): IntegrationError {
  return new IntegrationError('upstream_error', 'The answer is nested too deeply to be passed on', {
    outcome: isWrite ? 'unknown' : 'none',
  });
}

/** What is known of a run that its process did not bring to an end. */
export function cutOff(): IntegrationError {
  return new IntegrationError(
    'upstream_error',
    'The service stopped while this ran; whether it had an effect is not known',
    { outcome: 'unknown' },
  );
}

/** A run that ended in a way that nobody knows the effect of; since when it sends nothing any more is known. */
export class UnknownRunError extends IntegrationError {
  constructor(
    { code, message, status, details, cause }: AppError,
    readonly startedAt: Date,
    /** By performance.now(). */
    readonly quietSinceMs: number,
  ) {
    super(code, message, { status, details, cause, outcome: 'unknown' });
  }
}

export class RunNotFoundError extends AppError {
  constructor() {
    super('not_found', 'There is no such run in the journal');
  }
}
