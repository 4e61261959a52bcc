import { Injectable } from '@nestjs/common';
import type { Reach } from '../access/reach.js';
import { BadCursorError, pageOf, type PageRequest } from '../paging/page.js';
import type {
  IntegrationList,
  IntegrationView,
  OperationDetails,
  OperationList,
  OperationView,
} from './catalogue.dto.js';
import type { Integration, Operation } from './integration.js';
import { IntegrationRegistry } from './integration-registry.js';
import { UnknownIntegrationError, UnknownOperationError } from './integrations.errors.js';
import { nearestNames } from '../errors/nearest-name.js';

interface OperationFilter extends PageRequest {
  search?: string;
}

/** What can be done, for people and programs that look around. What they may not do is not there for them. */
@Injectable()
export class CatalogueService {
  constructor(private readonly registry: IntegrationRegistry) {}

  integrations({ limit, cursor }: PageRequest, reach: Reach): IntegrationList {
    const all = this.#within(reach);
    const view = (integration: Integration) => integrationView(integration, reach);
    return pageOf(all.slice(startAfter(all, cursor)), { limit, view, cursorOf });
  }

  operations(
    integrationName: string,
    { search = '', limit, cursor }: OperationFilter,
    reach: Reach,
  ): OperationList {
    const all = operationsOf(this.#find(integrationName, reach), reach);
    const words = search.toLowerCase().split(/\s+/).filter(Boolean);
    const found = all.slice(startAfter(all, cursor)).filter((operation) => matches(operation, words));
    return pageOf(found, { limit, view: toView, cursorOf });
  }

  operation(integrationName: string, operationName: string, reach: Reach): OperationDetails {
    const integration = this.#find(integrationName, reach);
    const all = operationsOf(integration, reach);
    const operation = all.find(({ name }) => name === operationName);
    if (!operation) {
      const names = all.map(({ name }) => name);
      throw new UnknownOperationError(integration.name, operationName, nearestNames(operationName, names));
    }
    return {
      integration: integration.name,
      ...toView(operation),
      params: operation.params,
      example: operation.example,
      ...(operation.listName === undefined ? {} : { listName: operation.listName }),
    };
  }

  #within(reach: Reach): readonly Integration[] {
    const { integrations } = this.registry;
    if (reach.anyBound === undefined) return integrations;
    const isThere = (integration: Integration): boolean =>
      reach.within('operations') === undefined || operationsOf(integration, reach).length > 0;
    return integrations.filter(
      (integration) => reach.has('integrations', integration.name) && isThere(integration),
    );
  }

  #find(name: string, reach: Reach): Integration {
    const all = this.#within(reach);
    const found = all.find((integration) => integration.name === name);
    if (found) return found;
    throw new UnknownIntegrationError(
      name,
      nearestNames(
        name,
        all.map((integration) => integration.name),
      ),
    );
  }
}

function operationsOf(integration: Integration, reach: Reach): readonly Operation[] {
  const all = integration.operations();
  if (reach.anyBound === undefined) return all;
  return all.filter(({ name }) => reach.hasOperation({ integration: integration.name, operation: name }));
}

function toView({ name, summary, isWrite, tags }: Operation): OperationView {
  return { name, summary, isWrite, writes: isWrite, tags };
}

function matches({ name, summary, tags }: Operation, words: readonly string[]): boolean {
  const text = `${name} ${name.replaceAll('_', ' ')} ${summary} ${tags.join(' ')}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

function integrationView(integration: Integration, reach: Reach): IntegrationView {
  return {
    name: integration.name,
    summary: integration.summary,
    configured: integration.isConfigured,
    operations: operationsOf(integration, reach).length,
  };
}

function cursorOf({ name }: { name: string }): string {
  return Buffer.from(name).toString('base64url');
}

function startAfter(named: readonly { name: string }[], cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  const index = named.findIndex((one) => cursorOf(one) === cursor);
  if (index === -1) throw new BadCursorError();
  return index + 1;
}
