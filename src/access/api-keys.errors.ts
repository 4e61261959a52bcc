import { AppError } from '../errors/app-error.js';

export class ApiKeyNotFoundError extends AppError {
  constructor(id: string) {
    super('not_found', `There is no API key ${id}`);
  }
}

export class ExpiryPassedError extends AppError {
  constructor() {
    super('validation_error', 'The request is not valid', {
      details: [{ path: 'expiresAt', message: 'expiresAt must lie in the future' }],
    });
  }
}

/** A scope or role that the key cannot have with its other properties. */
export class KeyMismatchError extends AppError {
  constructor(path: 'scope' | 'payloads', message: string) {
    super('validation_error', 'The request is not valid', {
      details: [{ path, message: `${path} ${message}` }],
    });
  }
}

export class KeyNameTakenError extends AppError {
  constructor(name: string) {
    super('conflict', `There is a valid key with the name ${name}; a name stands for one caller`);
  }
}

export class TooManyKeysError extends AppError {
  constructor(limit: number) {
    super('conflict', `There are ${limit} valid API keys already; revoke some first`);
  }
}
