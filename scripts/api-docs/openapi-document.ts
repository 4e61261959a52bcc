/** As much of an OpenAPI 3.1 document as is read here. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  description?: string;
  deprecated?: boolean;
  example?: unknown;
  default?: unknown;
  enum?: unknown[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  oneOf?: Schema[];
  anyOf?: Schema[];
  allOf?: Schema[];
  minimum?: number;
  maximum?: number;
  maxLength?: number;
}

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  description?: string;
  schema: Schema;
}

export interface OpenApiResponse {
  description: string;
  content?: Record<string, { schema?: Schema }>;
}

export interface Operation {
  operationId: string;
  summary: string;
  description?: string;
  tags: string[];
  parameters?: Parameter[];
  requestBody?: {
    content: Record<
      string,
      { schema: Schema; examples?: Record<string, { summary?: string; value: unknown }> }
    >;
  };
  responses: Record<string, OpenApiResponse>;
  security?: unknown[];
  'x-role'?: string;
}

export interface OpenApiDocument {
  info: { title: string; version: string; description: string };
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

export interface Route {
  method: string;
  /** As declared: `/flows/{id}/runs`. */
  path: string;
  operation: Operation;
}

/** Every route by its tag, both in the order of the document. */
export function routesByTag(document: OpenApiDocument): Map<string, Route[]> {
  const tags = new Map<string, Route[]>();
  for (const [path, item] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(item)) {
      const [tag = 'other'] = operation.tags;
      tags.set(tag, [...(tags.get(tag) ?? []), { method: method.toUpperCase(), path, operation }]);
    }
  }
  return tags;
}

/** The schema itself where it is only named. */
export function resolve(schema: Schema, document: OpenApiDocument): Schema {
  if (schema.$ref === undefined) return schema;
  const found = document.components.schemas[schema.$ref.split('/').at(-1) ?? ''];
  if (!found) throw new Error(`There is no schema ${schema.$ref}`);
  return found;
}
