import { AppError } from '../errors/app-error.js';

export class BootstrapNotFoundError extends AppError {
  constructor() {
    super('not_found', 'The catalogue of this workspace was never filled: POST /bootstrap begins it');
  }
}

export class EntityNotFoundError extends AppError {
  constructor() {
    super('not_found', 'There is no such thing in the catalogue');
  }
}
