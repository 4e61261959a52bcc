import { ERROR_STATUS, type ErrorCode } from './error-code.js';

export interface AppErrorOptions {
  /** Only where the status differs from the code's own, as 504 does for an upstream time-out. */
  status?: number;
  /** What the caller may see beside the message. */
  details?: unknown;
  /** What is logged and never shown. */
  cause?: unknown;
  /** Seconds after which trying again makes sense; sent as Retry-After. */
  retryAfterSeconds?: number;
  /** It is the kept answer to an earlier request with the same Idempotency-Key; nothing was tried now. */
  isReplay?: boolean;
}

/** Says of an answer, a failure or not, that it is a kept one. */
export const REPLAYED_HEADER = 'Idempotency-Replayed';

/** An expected failure: its code, message and details are for the caller, its cause is for the log. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly details: unknown;
  readonly retryAfterSeconds: number | undefined;
  readonly isReplay: boolean;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.status = options.status ?? ERROR_STATUS[code];
    this.details = options.details;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.isReplay = options.isReplay ?? false;
  }
}

/** Of an error that is on record, its code alone: its message may quote what the caller may not see. */
export function codeOf(error: unknown): { code: string } | null {
  if (typeof error !== 'object' || error === null) return null;
  const { code } = error as { code?: unknown };
  return { code: typeof code === 'string' ? code : 'unknown' };
}
