import { type OpenApiDocument, resolve, type Route, type Schema } from './openapi-document.ts';

/** A request that shows a route, with `{{variables}}` where only a running service knows the value. */
export interface ExampleRequest {
  name: string;
  method: string;
  /** `/flows/{{flowId}}/runs`; for parts that are the same for everybody, their value. */
  path: string;
  query: { name: string; value: string; description: string; isUsed: boolean }[];
  headers: { name: string; value: string; description: string; isUsed: boolean }[];
  body: unknown;
  isKeyNeeded: boolean;
  description: string;
}

/** Parts of a path that need no look at the service. */
const PATH_VALUES: Record<string, string> = {
  provider: 'clockify',
  name: 'clockify',
  operation: 'create_client',
  addon: 'api-studio',
};
const HEADER_VALUES: Record<string, string> = {
  'X-Webhook-Secret': '{{webhookSecret}}',
  'X-Clockify-Event-Id': 'evt_12345',
  'Idempotency-Key': 'order-4711',
};
/** What is sent as it stands, beside what the examples of the document say. */
const USED_HEADERS = new Set(['X-Webhook-Secret']);

export const ULID = '01K8Z5D8V3QGZ1N7X0T4W6Y2AB';
const TIME = '2026-11-20T10:00:00.000Z';

export function exampleRequest({ method, path, operation }: Route): ExampleRequest {
  const parameters = operation.parameters ?? [];
  const media = operation.requestBody?.content['application/json'];
  return {
    name: operation.summary,
    method,
    path: path.replace(/\{(\w+)\}/g, (_whole, name: string) => PATH_VALUES[name] ?? `{{${idName(path)}}}`),
    query: parameters
      .filter((parameter) => parameter.in === 'query')
      .map(({ name, schema, description = '' }) => ({
        name,
        value: String(schema.example ?? schema.default ?? schema.enum?.[0] ?? ''),
        description,
        isUsed: schema.example !== undefined,
      })),
    headers: parameters
      .filter((parameter) => parameter.in === 'header')
      .map(({ name, description = '' }) => ({
        name,
        value: HEADER_VALUES[name] ?? '',
        description,
        isUsed: USED_HEADERS.has(name),
      })),
    body: Object.values(media?.examples ?? {})[0]?.value,
    isKeyNeeded: (operation.security ?? []).length > 0,
    description: operation.description ?? '',
  };
}

/** The variable for the id in a path: `/flow-runs/{id}` is about `flowRunId`. */
function idName(path: string): string {
  const words = path.slice(1, path.indexOf('/{')).split(/[-/]/);
  const singular = words.map((word) => word.replace(/s$/, ''));
  return `${singular.map((word, index) => (index === 0 ? word : word[0]?.toUpperCase() + word.slice(1))).join('')}Id`;
}

/** An answer in the shape of the schema, every field of it. */
export function exampleValue(name: string, given: Schema, document: OpenApiDocument): unknown {
  const schema = resolve(given, document);
  if (schema.example !== undefined) return schema.example;
  if (schema.default !== undefined) return schema.default;
  if (schema.enum) return schema.enum[0];
  const alternatives = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].filter(
    ({ type }) => type !== 'null',
  );
  if (alternatives[0]) return exampleValue(name, alternatives[0], document);
  const types = [schema.type ?? 'object'].flat();
  if (types.includes('null')) return null;
  if (types.includes('boolean')) return false;
  if (types.includes('number') || types.includes('integer')) return schema.minimum ?? 1;
  if (types.includes('string')) return exampleText(name, schema);
  if (types.includes('array')) return schema.items ? [exampleValue('', schema.items, document)] : [];
  return Object.fromEntries(
    Object.entries(schema.properties ?? {})
      .filter(
        ([field, value]) =>
          schema.required?.includes(field) || resolve(value, document).example !== undefined,
      )
      .map(([field, value]) => [field, exampleValue(field, value, document)]),
  );
}

function exampleText(name: string, { format }: Schema): string {
  if (format === 'date-time') return TIME;
  return /^id$|Id$|Of$/.test(name) ? ULID : '…';
}
