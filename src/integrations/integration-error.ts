import { AppError, type AppErrorOptions } from '../errors/app-error.js';
import type { ErrorCode } from '../errors/error-code.js';

/** Whether the failed request can have changed something: it certainly did not, or nobody can know. */
export type Outcome = 'none' | 'unknown';

export interface IntegrationErrorOptions extends AppErrorOptions {
  upstreamStatus?: number;
  outcome?: Outcome;
}

/** A call to another service that failed. Its message is ours; what the service said may hold secrets or data, and stands in the details as far as it may be shown. */
export class IntegrationError extends AppError {
  readonly upstreamStatus: number | undefined;
  readonly outcome: Outcome;

  constructor(code: ErrorCode, message: string, options: IntegrationErrorOptions = {}) {
    const { upstreamStatus, outcome = 'none', details, ...rest } = options;
    const known = { ...(upstreamStatus === undefined ? {} : { upstreamStatus }), outcome };
    super(code, message, { ...rest, details: { ...known, ...(details as object | undefined) } });
    this.upstreamStatus = upstreamStatus;
    this.outcome = outcome;
  }
}
