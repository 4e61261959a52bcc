import { AppError } from '../../errors/app-error.js';
import { IntegrationError } from '../../integrations/integration-error.js';
import { durationMs } from '../../clock/iso-duration.js';
import type { RetryPolicy } from '../document/flow-definition.js';
import type { RunError } from '../flows.tables.js';

const RETRYABLE = new Set(['rate_limited', 'upstream_error', 'unavailable']);

/** What the caller of a flow may see of a failure; causes stay in the log. */
export function toRunError(error: unknown, path: string): RunError {
  if (error instanceof AppError) {
    const details = error.details === undefined ? {} : { details: error.details };
    return { code: error.code, message: error.message, path, ...details };
  }
  return {
    code: 'internal_error',
    message: 'Something went wrong here; the log has more under the run id',
    path,
  };
}

/** Whether doing it again may help and can do no harm: a write that may have had its effect is left alone. */
export function isWorthRetrying(error: unknown, isWrite: boolean): boolean {
  if (!(error instanceof AppError) || !RETRYABLE.has(error.code)) return false;
  return !(isWrite && error instanceof IntegrationError && error.outcome === 'unknown');
}

/** The wait before the next try: doubling, capped, and at least what the upstream asks for. */
export function retryDelayMs(policy: RetryPolicy, triesMade: number, error: unknown): number {
  const doubled = (durationMs(policy.delay) ?? 0) * 2 ** Math.min(triesMade - 1, 30);
  const asked = error instanceof AppError ? (error.retryAfterSeconds ?? 0) * 1000 : 0;
  return Math.max(Math.min(doubled, durationMs(policy.maxDelay) ?? doubled), asked);
}
