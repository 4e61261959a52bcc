import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required: boolean;
  schema: Schema;
}

type Schema = Readonly<Record<string, unknown>>;

export interface RouteFacts {
  operationId: string;
  path: string;
  parameters: readonly Parameter[];
  body?: Schema;
  /** By status: the schema of a success that has content. */
  answers: Readonly<Record<string, Schema | null>>;
}

export interface Example {
  status: number;
  body: unknown;
}

interface Facts {
  source: string;
  routes: Readonly<Record<string, RouteFacts>>;
  schemas: Readonly<Record<string, Schema>>;
}

const read = (file: string): unknown => JSON.parse(readFileSync(join(import.meta.dirname, file), 'utf8'));

/** What GitHub's OpenAPI document says about the routes that we use, written by scripts/extract-github-facts.mjs. */
export const GITHUB_FACTS = read('github-facts.json') as Facts;
/** How it shows their successes. */
export const GITHUB_EXAMPLES = read('github-examples.json') as Readonly<Record<string, Example>>;

const ajv = new Ajv({ strict: false, allErrors: true });
const compiled = new WeakMap<object, ValidateFunction>();

/** What is wrong with a value by one of GitHub's schemas; nothing where it is as it should be. */
export function faultsBy(schema: Schema, value: unknown): string[] {
  let validate = compiled.get(schema);
  if (!validate) {
    validate = ajv.compile({ allOf: [schema], schemas: GITHUB_FACTS.schemas });
    compiled.set(schema, validate);
  }
  if (validate(value)) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

/** The names that a body may have at its top, wherever the schema lists them. */
export function fieldsOf(schema: Schema): string[] {
  const resolved = schemaAt(schema);
  const parts = ['anyOf', 'oneOf', 'allOf'].flatMap((key) => (resolved[key] as Schema[] | undefined) ?? []);
  return [...Object.keys((resolved['properties'] as object | undefined) ?? {}), ...parts.flatMap(fieldsOf)];
}

function schemaAt(schema: Schema): Schema {
  const reference = schema['$ref'];
  if (typeof reference !== 'string') return schema;
  return GITHUB_FACTS.schemas[reference.split('/').at(-1) ?? ''] ?? {};
}
