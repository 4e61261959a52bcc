import type { JsonSchema } from '../../integrations/integration.js';

export type ValueType = 'string' | 'number' | 'integer' | 'boolean' | 'null' | 'array' | 'object';

/** What a schema says of one parameter: its schema, that anything goes, or that there is no such parameter. */
export type ParamSchema =
  | { kind: 'known'; schema: JsonSchema; types: ReadonlySet<ValueType> }
  | { kind: 'open' }
  | { kind: 'unknown'; at: number; names: readonly string[] };

const MOST_REFERENCES = 20;

/** The schema that a reference inside `root` names, or the schema itself. */
export function resolveSchema(schema: JsonSchema, root: JsonSchema): JsonSchema {
  let current = schema;
  for (let i = 0; typeof current['$ref'] === 'string' && i < MOST_REFERENCES; i++) {
    const target = (current['$ref'] as string)
      .split('/')
      .slice(1)
      .reduce<unknown>(
        (node, part) => asSchema(node)?.[part.replaceAll('~1', '/').replaceAll('~0', '~')],
        root,
      );
    current = asSchema(target) ?? {};
  }
  return current;
}

const MOST_REMEMBERED = 1_000;
const remembered = new WeakMap<JsonSchema, Map<string, ParamSchema>>();

/** As `findParam` for a key as it is written, `body.name`. Remembers what exists, because texts repeat themselves. */
export function findWritten(root: JsonSchema, key: string): ParamSchema {
  const known = remembered.get(root)?.get(key);
  if (known) return known;
  const found = findParam(root, key.split('.'));
  if (found.kind !== 'known') return found;
  const keys = remembered.get(root) ?? new Map<string, ParamSchema>();
  if (keys.size < MOST_REMEMBERED) keys.set(key, found);
  remembered.set(root, keys);
  return found;
}

/** Finds the parameter that a dotted path names. A field of `body` may be named without its `body.`. */
export function findParam(root: JsonSchema, path: readonly string[]): ParamSchema {
  const found = walk(root, respell(root, path), root);
  const body = propertyOf(root, 'body', root);
  if (found.kind === 'known' || body === undefined || path[0] === 'body') return found;
  const inBody = walk(body, path, root);
  if (inBody.kind === 'unknown') {
    return found.kind === 'unknown'
      ? { kind: 'unknown', at: Math.max(found.at, inBody.at), names: [...found.names, ...inBody.names] }
      : found;
  }
  return inBody;
}

/** Integrations take `pageSize` and `page_size` for `page-size`, at the top level. */
function respell(root: JsonSchema, path: readonly string[]): readonly string[] {
  const [first = '', ...rest] = path;
  if (propertyOf(root, first, root) !== undefined) return path;
  const spelled = propertyNames(root, root).find((name) => bare(name) === bare(first));
  return spelled === undefined ? path : [spelled, ...rest];
}

function bare(name: string): string {
  return name.replace(/[-_]/g, '').toLowerCase();
}

function walk(start: JsonSchema, path: readonly string[], root: JsonSchema): ParamSchema {
  let schema = start;
  for (const [at, name] of path.entries()) {
    const next = propertyOf(schema, name, root);
    if (next !== undefined) {
      schema = next;
      continue;
    }
    const rest = resolveSchema(schema, root)['additionalProperties'];
    const inner = asSchema(rest);
    if (inner) schema = inner;
    else if (rest !== false) return { kind: 'open' };
    else return { kind: 'unknown', at, names: propertyNames(schema, root) };
  }
  return { kind: 'known', schema, types: typesOf(schema, root) };
}

/** The schema of a property, in the object itself or in one of its alternatives. */
export function propertyOf(schema: JsonSchema, name: string, root: JsonSchema): JsonSchema | undefined {
  for (const node of alternatives(schema, root)) {
    const properties = asSchema(node['properties']);
    if (properties && Object.hasOwn(properties, name)) return asSchema(properties[name]) ?? {};
  }
  return undefined;
}

export function propertyNames(schema: JsonSchema, root: JsonSchema): string[] {
  return alternatives(schema, root).flatMap((node) => Object.keys(asSchema(node['properties']) ?? {}));
}

/** The types that a value may have; all of them empty where the schema does not say. */
export function typesOf(schema: JsonSchema, root: JsonSchema): ReadonlySet<ValueType> {
  return new Set(alternatives(schema, root).flatMap(ownTypes));
}

function ownTypes(node: JsonSchema): ValueType[] {
  const type = node['type'];
  const named = Array.isArray(type)
    ? (type as ValueType[])
    : typeof type === 'string'
      ? [type as ValueType]
      : [];
  const types = node['nullable'] === true ? [...named, 'null' as const] : named;
  if (types.length > 0) return types;
  if (Array.isArray(node['enum'])) return node['enum'].map(typeOfValue);
  if ('const' in node) return [typeOfValue(node['const'])];
  if ('properties' in node) return ['object'];
  return 'items' in node ? ['array'] : [];
}

function typeOfValue(value: unknown): ValueType {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value as ValueType;
}

export function itemsOf(schema: JsonSchema, root: JsonSchema): JsonSchema {
  for (const node of alternatives(schema, root)) {
    const items = asSchema(node['items']);
    if (items) return items;
  }
  return {};
}

const MOST_ALTERNATIVES = 50;

/** The schema and everything it is combined of by anyOf, oneOf and allOf. */
function alternatives(schema: JsonSchema, root: JsonSchema): JsonSchema[] {
  const found: JsonSchema[] = [];
  const waiting = [schema];
  for (
    let next = waiting.pop();
    next !== undefined && found.length < MOST_ALTERNATIVES;
    next = waiting.pop()
  ) {
    const node = resolveSchema(next, root);
    found.push(node);
    for (const keyword of ['anyOf', 'oneOf', 'allOf']) {
      const branches = node[keyword];
      if (Array.isArray(branches)) waiting.push(...branches.map((branch: unknown) => asSchema(branch) ?? {}));
    }
  }
  return found;
}

export function asSchema(value: unknown): JsonSchema | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonSchema)
    : undefined;
}
