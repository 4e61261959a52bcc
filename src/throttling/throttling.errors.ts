import { AppError } from '../errors/app-error.js';

/** The bucket is empty; a token is there again after the given time. */
export class RateLimitedError extends AppError {
  constructor(retryAfterSeconds: number) {
    super('rate_limited', `Too many requests; try again in ${retryAfterSeconds} s`, { retryAfterSeconds });
  }
}
