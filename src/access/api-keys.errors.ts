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

export class TooManyKeysError extends AppError {
  constructor(limit: number) {
    super('conflict', `There are ${limit} valid API keys already; revoke some first`);
  }
}
