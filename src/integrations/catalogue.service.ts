import { Injectable } from '@nestjs/common';
import { AppError } from '../errors/app-error.js';
import type { IntegrationList, OperationDetails, OperationList, OperationView } from './catalogue.dto.js';
import type { Operation } from './integration.js';
import { IntegrationRegistry } from './integration-registry.js';

export interface OperationFilter {
  search?: string;
  limit: number;
  cursor?: string;
}

/** What can be done, for people and programs that look around. */
@Injectable()
export class CatalogueService {
  constructor(private readonly registry: IntegrationRegistry) {}

  integrations(): IntegrationList {
    const items = this.registry.integrations.map((integration) => ({
      name: integration.name,
      summary: integration.summary,
      configured: integration.isConfigured,
      operations: integration.operations().length,
    }));
    return { items, nextCursor: null };
  }

  operations(integrationName: string, { search = '', limit, cursor }: OperationFilter): OperationList {
    const all = this.registry.get(integrationName).operations();
    const words = search.toLowerCase().split(/\s+/).filter(Boolean);
    const found = all.slice(startAfter(all, cursor)).filter((operation) => matches(operation, words));
    const page = found.slice(0, limit);
    const last = page.at(-1);
    const hasMore = found.length > page.length;
    return { items: page.map(toView), nextCursor: hasMore && last ? encodeCursor(last.name) : null };
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
  return { name, summary, writes: isWrite, tags };
}

function matches({ name, summary, tags }: Operation, words: readonly string[]): boolean {
  const text = `${name} ${name.replaceAll('_', ' ')} ${summary} ${tags.join(' ')}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

function encodeCursor(name: string): string {
  return Buffer.from(name).toString('base64url');
}

function startAfter(operations: readonly Operation[], cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  const name = Buffer.from(cursor, 'base64url').toString();
  const index = operations.findIndex((operation) => operation.name === name);
  if (index === -1) throw new AppError('validation_error', 'The cursor is not one of this list');
  return index + 1;
}
