import { Inject, Injectable } from '@nestjs/common';
import { type Integration, INTEGRATIONS, type Operation } from './integration.js';
import { UnknownIntegrationError, UnknownOperationError } from './integrations.errors.js';
import { nearestNames } from '../errors/nearest-name.js';

/** The integrations by name. What is not there is answered with what may have been meant. */
@Injectable()
export class IntegrationRegistry {
  readonly #byName: ReadonlyMap<string, Integration>;

  constructor(@Inject(INTEGRATIONS) readonly integrations: readonly Integration[]) {
    this.#byName = new Map(integrations.map((integration) => [integration.name, integration]));
  }

  get(name: string): Integration {
    const integration = this.#byName.get(name);
    if (integration) return integration;
    throw new UnknownIntegrationError(name, nearestNames(name, this.#byName.keys()));
  }

  getOperation(integration: Integration, name: string): Operation {
    const operation = integration.find(name);
    if (operation) return operation;
    const names = integration.operations().map((known) => known.name);
    throw new UnknownOperationError(integration.name, name, nearestNames(name, names));
  }
}
