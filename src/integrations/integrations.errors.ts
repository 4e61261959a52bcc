import { AppError } from '../errors/app-error.js';

/** A name that is no integration's, with those that may have been meant. */
export class UnknownIntegrationError extends AppError {
  constructor(name: string, suggestions: readonly string[]) {
    super('not_found', `There is no integration ${shown(name)}${hint(suggestions)}`, {
      details: { suggestions },
    });
  }
}

export class UnknownOperationError extends AppError {
  constructor(integration: string, name: string, suggestions: readonly string[]) {
    super('not_found', `${integration} has no operation ${shown(name)}${hint(suggestions)}`, {
      details: { suggestions },
    });
  }
}

function hint(suggestions: readonly string[]): string {
  return suggestions.length === 0 ? '' : `; did you mean ${suggestions.join(' or ')}?`;
}

const LONGEST_SHOWN = 60;

function shown(name: string): string {
  const cut = name.length > LONGEST_SHOWN ? `${name.slice(0, LONGEST_SHOWN)}…` : name;
  return JSON.stringify(cut.toWellFormed());
}
