import { AppError } from '../errors/app-error.js';

export class UnknownAddonError extends AppError {
  constructor() {
    super('not_found', 'This service is no such add-on: ADDONS names those that it is');
  }
}

/** The manifest needs an address that others reach, and the request names none that could be it. */
export class NoBaseUrlError extends AppError {
  constructor(variable: string) {
    super(
      'validation_error',
      `The request names no host that could be the add-on's address; set ${variable}`,
    );
  }
}
