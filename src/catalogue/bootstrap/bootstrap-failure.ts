import { AppError } from '../../errors/app-error.js';
import { IntegrationError } from '../../integrations/integration-error.js';
import type { OperationStatus, StoredError } from './bootstrap.tables.js';
import { PROFILE } from './bootstrap-plan.js';
import type { OperationRow } from './bootstrap-runs.repository.js';

/** What a failed request means for its run. */
export type Judgement =
  /** The same again, later. */
  | { kind: 'wait'; waitMs: number; isFailure: boolean; error: StoredError }
  /** The rest without this operation. */
  | { kind: 'give_up'; status: Extract<OperationStatus, 'refused' | 'failed'>; error: StoredError }
  /** Nothing of it will work. */
  | { kind: 'stop'; error: StoredError };

/** About a quarter of an hour of failures of one page. */
const MOST_ATTEMPTS = 10;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 300_000;
/** A 402 is `forbidden` as well: the plan does not include it. */
const REFUSALS = ['forbidden', 'not_found', 'validation_error', 'conflict'];

export function judge(error: unknown, { operation, attempts }: OperationRow): Judgement {
  if (!(error instanceof AppError)) throw error;
  const { code, message, retryAfterSeconds = 0 } = error;
  const stored = { code, message };
  if (code === 'rate_limited')
    return { kind: 'wait', waitMs: Math.max(1, retryAfterSeconds) * 1000, isFailure: false, error: stored };
  if (code === 'unauthorized') {
    const isAll = operation === PROFILE || !isAnswer(error);
    return isAll ? { kind: 'stop', error: stored } : { kind: 'give_up', status: 'refused', error: stored };
  }
  const isRefused = REFUSALS.includes(code) || (isAnswer(error) && error.upstreamStatus === 405);
  if (isRefused) return { kind: 'give_up', status: 'refused', error: stored };
  if (attempts + 1 >= MOST_ATTEMPTS) return { kind: 'give_up', status: 'failed', error: stored };
  const waitMs = Math.min(LONGEST_WAIT_MS, Math.max(FIRST_WAIT_MS * 2 ** attempts, retryAfterSeconds * 1000));
  return { kind: 'wait', waitMs, isFailure: true, error: stored };
}

/** Clockify's own word, not ours before anything was sent. */
function isAnswer(error: AppError): error is IntegrationError {
  return error instanceof IntegrationError && error.upstreamStatus !== undefined;
}
