import type { JsonSchema, Params } from '../../integration.js';
import type { IndexedOperation, IndexedParameter, OperationIndex } from './operation-index.js';
import { READING_POSTS } from './operation-table.js';

export interface ParamsOptions {
  /** Path parameters that are filled in when they are left out. */
  optionalPath?: readonly string[];
  /** Fields of the body that are filled in when they are left out. */
  optionalBody?: readonly string[];
  /** Fields of the body that are required beyond what the index says. */
  requiredBody?: readonly string[];
  /** Parameters that are fixed and cannot be given. */
  without?: readonly string[];
}

/** A segment of a path: `.` and `..` would walk up however they are encoded. */
const PATH_PATTERN = '^(?!\\.{1,2}$)';

/** How a file stands in JSON. */
const FILE_SCHEMA: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['base64'],
  properties: {
    base64: { type: 'string', contentEncoding: 'base64', pattern: '^[A-Za-z0-9+/]*={0,2}$' },
    filename: { type: 'string', minLength: 1, maxLength: 255 },
    contentType: { type: 'string', pattern: '^[\\w.+-]+/[\\w.+-]+$' },
  },
};

/** The JSON Schema of an operation's params: path and query by the vendor's names, `body`, and `all` for lists. */
export function paramsSchema(
  operation: IndexedOperation,
  index: OperationIndex,
  options: ParamsOptions = {},
): JsonSchema {
  const { body } = operation;
  const properties: Record<string, JsonSchema> = {};
  for (const parameter of operation.parameters) {
    if (!options.without?.includes(parameter.name)) properties[parameter.name] = parameterSchema(parameter);
  }
  if (body) properties['body'] = bodySchema(body.schema, index, options);
  if (canFetchAll(operation)) properties['all'] = { type: 'boolean', description: 'Walk through all pages.' };
  const required = operation.parameters.filter((p) => isRequired(p, options)).map((p) => p.name);
  if (body?.required && !(options.optionalBody ?? []).length) required.push('body');
  const schema = { type: 'object', additionalProperties: false, required, properties };
  const isSearch = operation.method === 'GET' || READING_POSTS.has(operation.id);
  return index.withDefinitions(schema, isSearch ? closed : (part) => named(closed(part)));
}

export function canFetchAll({ result }: IndexedOperation): boolean {
  return result.kind === 'list' || result.kind === 'envelope';
}

/**
 * Puts fields of the body that stand at the top level into `body`, and finds `pageSize` or `page_size` where the
 * vendor writes `page-size`. A name that is nowhere known is taken for a field of the body, if there is one.
 */
export function arrangeParams(operation: IndexedOperation, index: OperationIndex, params: Params): Params {
  const fields = bodyFields(operation, index);
  const arranged: Record<string, unknown> = {};
  const body: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(params)) {
    const own = ownName(operation, name, fields);
    if (own !== undefined && !(own in arranged)) arranged[own] = value;
    else if (fields && own === undefined) body[name] = value;
    else arranged[name] = value;
  }
  if (Object.keys(body).length === 0) return arranged;
  const given = arranged['body'];
  if (given !== undefined && !isObject(given)) return { ...arranged, ...body };
  // A field that is given in both places stays where it is, so that validation names it.
  const twice = Object.keys(body).filter((name) => given !== undefined && name in given);
  const rest = Object.fromEntries(twice.map((name) => [name, body[name]]));
  return { ...arranged, ...rest, body: { ...body, ...given } };
}

const WITH_BODY = ['body', 'all'];

function ownName(
  operation: IndexedOperation,
  name: string,
  fields: ReadonlySet<string> | undefined,
): string | undefined {
  const names = [...operation.parameters.map((p) => p.name), ...WITH_BODY];
  if (names.includes(name)) return name;
  if (fields?.has(name)) return undefined;
  return names.find((known) => bare(known) === bare(name));
}

function bare(name: string): string {
  return name.replace(/[-_]/g, '').toLowerCase();
}

/** The names of the body's fields; undefined where there is no body, or it is a list. */
function bodyFields({ body }: IndexedOperation, index: OperationIndex): ReadonlySet<string> | undefined {
  if (!body) return undefined;
  const schema = index.resolve(body.schema);
  return schema['type'] === 'object' ? new Set(Object.keys(schema['properties'] as object)) : undefined;
}

function isRequired(parameter: IndexedParameter, { optionalPath = [] }: ParamsOptions): boolean {
  if (!parameter.required || optionalPath.includes(parameter.name)) return false;
  return parameter.schema['default'] === undefined; // What has a default is sent with it.
}

function parameterSchema(parameter: IndexedParameter): JsonSchema {
  if (parameter.in === 'query') return parameter.schema;
  return parameter.schema['type'] === 'string'
    ? { ...parameter.schema, minLength: 1, pattern: PATH_PATTERN }
    : parameter.schema;
}

function bodySchema(
  schema: JsonSchema,
  index: OperationIndex,
  { optionalBody = [], requiredBody = [] }: ParamsOptions,
): JsonSchema {
  if (optionalBody.length === 0 && requiredBody.length === 0) return schema;
  const { required = [], ...rest } = index.resolve(schema);
  const kept = (required as string[]).filter((name) => !optionalBody.includes(name));
  return { ...rest, required: [...new Set([...kept, ...requiredBody])] };
}

/** Objects take no unknown fields: Clockify drops them silently, and time is booked without them. */
function closed(schema: JsonSchema): JsonSchema {
  if (schema['format'] === 'binary') return FILE_SCHEMA;
  const changed: Record<string, unknown> = { ...schema };
  const properties = schema['properties'];
  if (isObject(properties)) {
    changed['properties'] = mapValues(properties, (value) => closed(value as JsonSchema));
    changed['additionalProperties'] ??= false;
  }
  if (isObject(schema['items'])) changed['items'] = closed(schema['items']);
  return changed;
}

/** What is made or changed cannot be without a name, though the vendor's document lets some be empty. */
function named(schema: JsonSchema): JsonSchema {
  const properties = schema['properties'];
  if (!isObject(properties)) return schema;
  const inner = mapValues(properties, (value) => named(value as JsonSchema));
  const name = inner['name'];
  if (isObject(name) && name['type'] === 'string')
    return {
      ...schema,
      properties: { ...inner, name: { ...name, minLength: Number(name['minLength']) || 1 } },
    };
  return { ...schema, properties: inner };
}

function mapValues(value: JsonSchema, change: (value: unknown) => unknown): JsonSchema {
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, change(inner)]));
}

function isObject(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
