import { AppError, type AppErrorOptions } from '../errors/app-error.js';
import type { ErrorCode } from '../errors/error-code.js';
import type { SecretUser } from './secret-users.js';

export class SecretNotFoundError extends AppError {
  constructor() {
    super('not_found', 'There is no such secret');
  }
}

export class SecretInvalidError extends AppError {
  constructor(path: string, message: string) {
    super('validation_error', 'The request is not valid', { details: [{ path, message }] });
  }
}

export class TooManySecretsError extends AppError {
  constructor(limit: number) {
    super('conflict', `There are ${limit} secrets already; delete some first`);
  }
}

export class SecretInUseError extends AppError {
  constructor(usedBy: readonly SecretUser[], count: number) {
    super('conflict', 'The secret is named where it would be missed; force=true deletes it nevertheless', {
      details: { usedBy, usedByCount: count },
    });
  }
}

/** A secret of an action cannot be had, or may not go where the action leads: nothing was sent. */
export class SecretUnusableError extends AppError {
  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(code, message, options);
  }

  static missing(faults: readonly { path: string; name: string }[]): SecretUnusableError {
    const details = faults.map(({ path, name }) => ({ path, message: `there is no secret ${name}` }));
    return new SecretUnusableError('validation_error', 'A secret of the action does not exist', { details });
  }

  static refused(faults: readonly { path: string; name: string; why: string }[]): SecretUnusableError {
    const details = faults.map(({ path, name, why }) => ({ path, message: `the secret ${name} ${why}` }));
    return new SecretUnusableError('forbidden', 'A secret of the action may not go there', { details });
  }

  static sealedOtherwise(name: string, cause: unknown): SecretUnusableError {
    return new SecretUnusableError(
      'unavailable',
      `The secret ${name} was sealed with a key that is not here: put that key into ENCRYPTION_KEY or ENCRYPTION_KEY_PREVIOUS, or set the secret again`,
      { cause },
    );
  }
}
