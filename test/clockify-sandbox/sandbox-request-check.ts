import { type SchemaCheck, schemaCheck } from '../../src/integrations/schema-validator.js';
import type { JsonSchema } from '../../src/integrations/integration.js';
import {
  type IndexedOperation,
  operationIndex,
} from '../../src/integrations/clockify/operations/operation-index.js';
import { fieldsOf, type Fields } from './sandbox-entity.js';
import { invalid, unreadable } from './sandbox-refusal.js';

interface OperationChecks {
  query: SchemaCheck;
  body: SchemaCheck | undefined;
}

const checks = new WeakMap<IndexedOperation, OperationChecks>();

/** The query by the types of the document; refuses what the document does not allow. */
export function checkedQuery(operation: IndexedOperation, search: URLSearchParams): Record<string, unknown> {
  const query: Record<string, unknown> = {};
  for (const { name, in: place, schema } of operation.parameters) {
    if (place === 'query' && search.has(name)) query[name] = typed(schema, search.getAll(name));
  }
  refuseFaults(checksOf(operation).query, query);
  return query;
}

/** The body, checked against the document. A null counts as absent, as it does for the vendor. */
export function checkedBody(operation: IndexedOperation, body: unknown): Fields {
  const check = checksOf(operation).body;
  if (!check) return {};
  if (body === undefined && operation.body?.required) throw unreadable('request');
  const given = withoutNulls(body ?? {});
  refuseFaults(check, given);
  return Array.isArray(given) ? { items: given } : fieldsOf(given);
}

function checksOf(operation: IndexedOperation): OperationChecks {
  const known = checks.get(operation);
  if (known) return known;
  const parameters = operation.parameters.filter((parameter) => parameter.in === 'query');
  const query = schemaCheck({
    type: 'object',
    properties: Object.fromEntries(parameters.map(({ name, schema }) => [name, relaxed(schema)])),
    required: parameters.filter((parameter) => parameter.required).map(({ name }) => name),
  });
  const body =
    operation.body && schemaCheck(operationIndex().withDefinitions(operation.body.schema, relaxed));
  checks.set(operation, { query, body });
  return { query, body };
}

function refuseFaults(check: SchemaCheck, value: unknown): void {
  const [fault] = check(value);
  if (!fault) return;
  const sent = fault.path
    .split(/[.[\]]+/)
    .reduce<unknown>((v, key) => (key === '' ? v : fieldsOf(v)[key]), value);
  const shown = sent === undefined ? '' : `: '${typeof sent === 'string' ? sent : JSON.stringify(sent)}'`;
  throw invalid(`${fault.path || 'request'} ${fault.message}${shown}`);
}

/** What the document calls an object without naming its fields is any value on the wire; an id is text. */
function relaxed(schema: JsonSchema): JsonSchema {
  if (schema['type'] === 'object' && !schema['properties'] && !schema['additionalProperties']) return {};
  const properties = schema['properties'] as Record<string, JsonSchema> | undefined;
  if (properties && Object.keys(properties).join() === 'dateOfCreationFromObjectId')
    return { type: 'string' };
  return {
    ...schema,
    ...(properties ? { properties: mapValues(properties, relaxed) } : {}),
    ...(schema['items'] ? { items: relaxed(schema['items'] as JsonSchema) } : {}),
  };
}

function mapValues(record: Record<string, JsonSchema>, change: (s: JsonSchema) => JsonSchema): JsonSchema {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== null);
  return Object.fromEntries(entries.map(([name, inner]) => [name, withoutNulls(inner)]));
}

/** Text as the type that the schema asks for; left as it is where it cannot be that, for the check to refuse. */
export function typed(schema: JsonSchema, texts: readonly string[]): unknown {
  const type = schema['type'];
  const [text = ''] = texts;
  if (type === 'array') {
    const items = texts.flatMap((part) => part.split(',')).filter((part) => part !== '');
    return items.map((item) => typed((schema['items'] as JsonSchema | undefined) ?? {}, [item]));
  }
  if ((type === 'integer' || type === 'number') && /^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  const mayBeBoolean = type === 'boolean' || (Array.isArray(type) && type.includes('boolean'));
  return mayBeBoolean && (text === 'true' || text === 'false') ? text === 'true' : text;
}
