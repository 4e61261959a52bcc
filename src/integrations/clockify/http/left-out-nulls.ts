import type { JsonSchema, Params } from '../../integration.js';

type Definitions = Readonly<Record<string, JsonSchema>>;

/**
 * The params without what is null in an optional field of their body. Clockify writes null where it has nothing (`taskId`,
 * `projectId`, `note`) and refuses it where it reads; it takes a field that is not there for the same. A required field keeps
 * its null, for the check to name it, and so do query parameters: a filter that falls away would answer more than was asked for.
 */
export function withoutNulls(params: Params, schema: JsonSchema): Params {
  const body = (schema['properties'] as Definitions | undefined)?.['body'];
  if (body === undefined || params['body'] === undefined) return params;
  return { ...params, body: cleared(params['body'], body, (schema['$defs'] ?? {}) as Definitions) };
}

function cleared(value: unknown, schema: JsonSchema, definitions: Definitions): unknown {
  const known = resolved(schema, definitions);
  if (Array.isArray(value)) {
    const items = known['items'] as JsonSchema | undefined;
    return items === undefined ? value : value.map((item) => cleared(item, items, definitions));
  }
  if (typeof value !== 'object' || value === null) return value;
  const properties = (known['properties'] ?? {}) as Definitions;
  const required = (known['required'] ?? []) as readonly string[];
  const isLeftOut = (name: string, field: unknown): boolean =>
    field === null && !required.includes(name) && refusesNull(own(properties, name), definitions);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, field]) => !isLeftOut(name, field))
      .map(([name, field]) => [name, cleared(field, own(properties, name) ?? {}, definitions)]),
  );
}

/** What says nothing about its type (the value of a custom field) takes null as a value. */
function refusesNull(schema: JsonSchema | undefined, definitions: Definitions): boolean {
  return schema !== undefined && resolved(schema, definitions)['type'] !== undefined;
}

function resolved(schema: JsonSchema, definitions: Definitions): JsonSchema {
  const reference = schema['$ref'];
  return typeof reference === 'string' ? (definitions[reference.replace('#/$defs/', '')] ?? {}) : schema;
}

/** Names come from the caller: `constructor` is no property of a schema. */
function own(properties: Definitions, name: string): JsonSchema | undefined {
  return Object.hasOwn(properties, name) ? properties[name] : undefined;
}
