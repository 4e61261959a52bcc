import { Injectable } from '@nestjs/common';
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

interface OperationFilter extends PageRequest {
  search?: string;
}

/** What can be done, for people and programs that look around. */
@Injectable()
export class CatalogueService {
  constructor(private readonly registry: IntegrationRegistry) {}

  integrations({ limit, cursor }: PageRequest): IntegrationList {
    const all = this.registry.integrations;
    return pageOf(all.slice(startAfter(all, cursor)), { limit, view: integrationView, cursorOf });
  }

  operations(integrationName: string, { search = '', limit, cursor }: OperationFilter): OperationList {
    const all = this.registry.get(integrationName).operations();
    const words = search.toLowerCase().split(/\s+/).filter(Boolean);
    const found = all.slice(startAfter(all, cursor)).filter((operation) => matches(operation, words));
    return pageOf(found, { limit, view: toView, cursorOf });
  }

  operation(integrationName: string, operationName: string): OperationDetails {
    const integration = this.registry.get(integrationName);
    const operation = this.registry.getOperation(integration, operationName);
    return {
      integration: integration.name,
      ...toView(operation),
      params: operation.params,
      example: operation.example,
      ...(operation.listName === undefined ? {} : { listName: operation.listName }),
    };
  }
}

function toView({ name, summary, isWrite, tags }: Operation): OperationView {
  return { name, summary, isWrite, writes: isWrite, tags };
}

function matches({ name, summary, tags }: Operation, words: readonly string[]): boolean {
  const text = `${name} ${name.replaceAll('_', ' ')} ${summary} ${tags.join(' ')}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

function integrationView(integration: Integration): IntegrationView {
  return {
    name: integration.name,
    summary: integration.summary,
    configured: integration.isConfigured,
    operations: integration.operations().length,
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
