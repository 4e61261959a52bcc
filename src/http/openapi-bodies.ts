import { ApiExtension, type OpenAPIObject } from '@nestjs/swagger';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;
type Schema = Exclude<Schemas[string], { $ref: string }>;

const BODIES = 'x-bodies';
const JSON_TYPE = 'application/json';

/** One of the shapes that a body can have. */
export interface BodyShape {
  summary: string;
  /** Of the DTO's fields, those that it may have. */
  fields: readonly string[];
  required?: readonly string[];
  /** Of these it has exactly one. */
  oneOf?: readonly string[];
  /** A body that works. */
  example: object;
}

/**
 * The shapes of a body whose DTO takes several, by the names that they have as schemas. What a field is stands at the DTO,
 * which the service checks bodies by; which fields go together, the service's rules say in words and this in schemas.
 */
export const BodyShapes = (shapes: Readonly<Record<string, BodyShape>>) => ApiExtension(BODIES, shapes);

/** Says which fields a body has, which go together, and how one looks that works. */
export function completeBody(operation: Operation, schemas: Schemas): void {
  const extensions = operation as unknown as Record<string, unknown>;
  const shapes = extensions[BODIES] as Readonly<Record<string, BodyShape>> | undefined;
  delete extensions[BODIES];
  if (operation.requestBody === undefined || '$ref' in operation.requestBody) return;
  const media = operation.requestBody.content[JSON_TYPE];
  if (media?.schema === undefined) return;
  const whole = resolved(media.schema, schemas);
  // The validation refuses fields that it does not know.
  if ('$ref' in media.schema) whole.additionalProperties ??= false;
  if (shapes === undefined) {
    // At the schema as well, for tools that make an example of it and would fill in fields that do not go together.
    whole.example ??= exampleOf(whole);
    media.examples ??= { example: { value: whole.example as unknown } };
    return;
  }
  for (const [name, shape] of Object.entries(shapes)) schemas[name] = schemaOf(shape, whole);
  const refs = Object.keys(shapes).map((name) => ({ $ref: `#/components/schemas/${name}` }));
  media.schema = refs.length === 1 && refs[0] ? refs[0] : { oneOf: refs };
  media.examples = Object.fromEntries(
    Object.entries(shapes).map(([name, { summary, example }]) => [name, { summary, value: example }]),
  );
}

function schemaOf({ summary, fields, required = [], oneOf, example }: BodyShape, whole: Schema): Schema {
  const { properties = {} } = whole;
  const own = fields.map((name) => {
    const field = properties[name];
    if (field === undefined) throw new Error(`There is no field ${name} for the shape "${summary}"`);
    return [name, field] as const;
  });
  return {
    type: 'object',
    description: summary,
    additionalProperties: false,
    properties: Object.fromEntries(own),
    ...(required.length > 0 ? { required: [...required] } : {}),
    ...(oneOf === undefined ? {} : { oneOf: oneOf.map((name) => ({ required: [name] })) }),
    example,
  };
}

/** What must be there, and of the rest what the document has an example of. */
function exampleOf({ properties = {}, required = [] }: Schema): unknown {
  const fields = Object.entries(properties).flatMap(([name, field]): [string, unknown][] => {
    if ('$ref' in field) return [];
    const value: unknown =
      field.example ?? (required.includes(name) ? (field.default ?? field.enum?.[0]) : undefined);
    return value === undefined ? [] : [[name, value]];
  });
  return Object.fromEntries(fields);
}

function resolved(schema: Schema | { $ref: string }, schemas: Schemas): Schema {
  if (!('$ref' in schema)) return schema;
  const found = schemas[schema.$ref.split('/').at(-1) ?? ''];
  if (found === undefined || '$ref' in found) throw new Error(`There is no schema ${schema.$ref}`);
  return found;
}
