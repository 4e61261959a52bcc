import { AppError } from '../errors/app-error.js';
import type { ErrorCode } from '../errors/error-code.js';
import { IntegrationError } from '../integrations/integration-error.js';
import { SecretUnusableError } from '../secrets/secrets.errors.js';
import type { RunOutcome } from './action-runner.js';

export interface RunFailure {
  error: AppError;
  outcome: RunOutcome;
  /** The same request may succeed later and had no effect yet, so its key is given back. */
  isRetryable: boolean;
}

const RETRYABLE: ReadonlySet<ErrorCode> = new Set([
  'rate_limited',
  'unavailable',
  'upstream_error',
  'unauthorized',
]);

/** What an exception says about the run it ended. Where it says nothing, a write may have had its effect. */
export function describeFailure(exception: unknown, isWrite: boolean): RunFailure {
  const error = toAppError(exception);
  const isUnknown =
    isWrite &&
    (error instanceof IntegrationError ? error.outcome === 'unknown' : !(exception instanceof AppError));
  return {
    error,
    outcome: isUnknown ? 'unknown' : 'failed',
    isRetryable:
      !isUnknown && (!isWrite || RETRYABLE.has(error.code) || error instanceof SecretUnusableError),
  };
}

function toAppError(exception: unknown): AppError {
  if (exception instanceof AppError) return exception;
  return new IntegrationError('internal_error', 'The integration failed in a way it does not explain', {
    cause: exception,
    outcome: 'unknown',
  });
}
