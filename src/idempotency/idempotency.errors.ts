import { AppError } from '../errors/app-error.js';

export class IdempotencyKeyError extends AppError {
  static malformed(): IdempotencyKeyError {
    const message = 'must be 1 to 255 printable ASCII characters without spaces';
    return new IdempotencyKeyError('validation_error', `Idempotency-Key ${message}`, {
      details: [{ path: 'Idempotency-Key', message }],
    });
  }

  static otherRequest(): IdempotencyKeyError {
    return new IdempotencyKeyError('conflict', 'This Idempotency-Key was used with another request');
  }

  static lost(): IdempotencyKeyError {
    return new IdempotencyKeyError(
      'conflict',
      'Reading the text took so long that its Idempotency-Key was given back; nothing was called',
      { retryAfterSeconds: 1 },
    );
  }

  static stillRunning(): IdempotencyKeyError {
    return new IdempotencyKeyError(
      'conflict',
      'The first request with this Idempotency-Key is still running',
      { retryAfterSeconds: 5 },
    );
  }
}
