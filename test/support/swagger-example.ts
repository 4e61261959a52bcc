import { type OpenApi, resolved, type Schema } from './openapi-document.js';

interface Media {
  schema?: Schema;
  examples?: Record<string, { value: unknown }>;
}

/**
 * The body that Swagger UI puts into its form for a route: the first example of the media type, else what it makes of the
 * schema: its own example; the first of alternatives; every property, by its example, its default, or a word for its type.
 */
export function swaggerExample(document: OpenApi, { schema, examples }: Media): unknown {
  const [first] = Object.values(examples ?? {});
  return first === undefined ? sample(document, schema ?? {}) : first.value;
}

function sample(document: OpenApi, given: Schema): unknown {
  const schema = resolved(document, given);
  if (schema['example'] !== undefined) return schema['example'];
  if (schema['default'] !== undefined) return schema['default'];
  const [choice] = (schema['enum'] ?? []) as unknown[];
  if (choice !== undefined) return choice;
  const [alternative] = (schema['oneOf'] ?? schema['anyOf'] ?? []) as Schema[];
  if (alternative !== undefined && schema.properties === undefined) return sample(document, alternative);
  const [type] = [schema['type'] ?? 'object'].flat() as string[];
  if (type === 'string') return schema['format'] === 'date-time' ? new Date().toISOString() : 'string';
  if (type === 'integer' || type === 'number') return schema['minimum'] ?? 0;
  if (type === 'boolean') return true;
  if (type === 'array') return [sample(document, (schema['items'] ?? {}) as Schema)];
  return Object.fromEntries(
    Object.entries(schema.properties ?? {}).map(([name, field]) => [name, sample(document, field)]),
  );
}
