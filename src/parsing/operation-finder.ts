import { Inject, Injectable } from '@nestjs/common';
import { type Integration, INTEGRATIONS, type Operation } from '../integrations/integration.js';
import { nearestNames } from '../integrations/nearest-name.js';
import { UnknownOperationError } from './parsing.errors.js';

export interface FoundOperation {
  integration: Integration;
  operation: Operation;
}

/** From names to the integration and the operation they mean, or a not_found that suggests the nearest names. */
@Injectable()
export class OperationFinder {
  readonly #byName: ReadonlyMap<string, Integration>;

  constructor(@Inject(INTEGRATIONS) readonly integrations: readonly Integration[]) {
    this.#byName = new Map(integrations.map((integration) => [integration.name, integration]));
  }

  find(integrationName: string, operationName: string, position?: number): FoundOperation {
    const where = position === undefined ? {} : { position };
    const integration = this.#byName.get(integrationName);
    if (!integration) {
      const suggestions = nearestNames(integrationName, this.#byName.keys());
      throw new UnknownOperationError(
        sentence(`There is no integration ${shown(integrationName)}`, suggestions),
        {
          ...where,
          suggestions,
        },
      );
    }
    const operation = integration.find(operationName);
    if (!operation) {
      const suggestions = nearestNames(
        operationName,
        integration.operations().map((o) => o.name),
      ).map((name) => `${integrationName}.${name}`);
      throw new UnknownOperationError(
        sentence(`${integrationName} has no operation ${shown(operationName)}`, suggestions),
        { ...where, suggestions },
      );
    }
    return { integration, operation };
  }
}

/** The message with its suggestions, if there are any. */
export function sentence(message: string, suggestions: readonly string[]): string {
  return suggestions.length === 0 ? message : `${message}; did you mean ${suggestions.join(' or ')}?`;
}

const LONGEST_SHOWN = 60;

/** A piece of the input as it may be quoted in a message. */
export function shown(text: string): string {
  const cut = text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
  return JSON.stringify(cut.toWellFormed());
}
