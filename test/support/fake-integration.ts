import { IntegrationError } from '../../src/integrations/integration-error.js';
import type {
  ExecutionContext,
  Integration,
  JsonSchema,
  Operation,
  Params,
  RequestPreview,
} from '../../src/integrations/integration.js';

const text = { type: 'string' };
const dateTime = { type: 'string', format: 'date-time' };

function object(properties: Record<string, JsonSchema>, required: string[] = []): JsonSchema {
  return { type: 'object', additionalProperties: false, properties, required };
}

function operation(name: string, params: JsonSchema, rest: Partial<Operation> = {}): Operation {
  return { name, summary: name.replaceAll('_', ' '), params, example: {}, isWrite: false, tags: [], ...rest };
}

/** A few operations in the shape of the real ones. */
export const FAKE_OPERATIONS: readonly Operation[] = [
  operation('get_user', object({}), { summary: 'Get the current user', tags: ['users'] }),
  operation('list_workspaces', object({}), {
    summary: 'List all workspaces',
    tags: ['workspaces'],
    listName: 'workspaces',
  }),
  operation(
    'list_clients',
    object(
      {
        workspaceId: text,
        archived: { type: 'boolean' },
        page: { type: 'integer', minimum: 1 },
        ratio: { type: 'number' },
        tags: { type: 'array', items: text },
        sizes: { type: 'array', items: { type: 'integer' } },
      },
      ['workspaceId'],
    ),
    { summary: 'List the clients of a workspace', tags: ['clients'], listName: 'clients' },
  ),
  operation(
    'list_time_entries',
    object({ workspaceId: text, start: dateTime, end: dateTime }, ['workspaceId']),
    { summary: 'List time entries', tags: ['time entries'], listName: 'timeEntries' },
  ),
  operation(
    'create_client',
    {
      ...object({ workspaceId: text, body: { $ref: '#/$defs/Client' } }, ['workspaceId', 'body']),
      $defs: {
        Client: object(
          {
            name: { type: 'string', maxLength: 100 },
            archived: { type: 'boolean' },
            note: { anyOf: [text, { type: 'null' }] },
            address: object({ city: text, zip: { type: 'integer' } }),
          },
          ['name'],
        ),
      },
    },
    {
      summary: 'Create a client',
      tags: ['clients'],
      isWrite: true,
      example: { workspaceId: 'w', name: 'Acme' },
    },
  ),
  operation(
    'create_time_entry',
    object(
      {
        workspaceId: text,
        body: object(
          {
            start: dateTime,
            end: dateTime,
            description: text,
            projectId: text,
            billable: { type: 'boolean' },
          },
          ['start'],
        ),
      },
      ['workspaceId', 'body'],
    ),
    { summary: 'Create a time entry', tags: ['time entries'], isWrite: true },
  ),
  operation('anything_goes', { type: 'object' }, { summary: 'Takes anything', isWrite: true }),
];

export type Execute = (operation: Operation, params: Params, context: ExecutionContext) => Promise<unknown>;

export interface Call {
  operation: string;
  params: Params;
  context: ExecutionContext;
}

/** An integration in memory: remembers every call and answers what the test says. */
export class FakeIntegration implements Integration {
  readonly summary = 'A stand-in';
  readonly isConfigured = true;
  readonly calls: Call[] = [];
  /** Operations that may be done again although they may have been done. */
  readonly repeatable = new Set<string>();
  onExecute: Execute = async (_operation, params) => ({ id: 'new', ...params });

  constructor(
    readonly name = 'clockify',
    private readonly all: readonly Operation[] = FAKE_OPERATIONS,
  ) {}

  operations(): readonly Operation[] {
    return this.all;
  }

  find(name: string): Operation | undefined {
    return this.all.find((o) => o.name === name);
  }

  arrange({ params: schema }: Operation, params: Params): Params {
    const known = (schema['properties'] ?? {}) as Record<string, unknown>;
    if (!('body' in known)) return params;
    const inside = Object.entries(params).filter(([key]) => !Object.hasOwn(known, key));
    if (inside.length === 0) return params;
    const outside = Object.entries(params).filter(([key]) => Object.hasOwn(known, key));
    return {
      ...Object.fromEntries(outside),
      body: { ...(params['body'] as object | undefined), ...Object.fromEntries(inside) },
    };
  }

  isRepeatable(found: Operation): boolean {
    return this.repeatable.has(found.name);
  }

  preview(found: Operation, params: Params): RequestPreview {
    const { body, ...rest } = params;
    return {
      method: found.isWrite ? 'POST' : 'GET',
      url: `https://upstream.test/${found.name}?${new URLSearchParams(rest as Record<string, string>)}`,
      headers: { accept: 'application/json' },
      ...(body === undefined ? {} : { body }),
    };
  }

  async execute(found: Operation, params: Params, context: ExecutionContext): Promise<unknown> {
    this.calls.push({ operation: found.name, params, context });
    return this.onExecute(found, params, context);
  }
}

/** What an upstream's answer that was lost on the way looks like. */
export function lostAnswer(): IntegrationError {
  return new IntegrationError('upstream_error', 'The answer was lost', { outcome: 'unknown' });
}
