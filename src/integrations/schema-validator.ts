import { Ajv, type ErrorObject } from 'ajv';
import formats from 'ajv-formats';
import { quoted } from '../errors/quoted.js';
import type { JsonSchema } from './integration.js';
import type { Fault } from '../errors/fault.js';

export type SchemaCheck = (value: unknown) => readonly Fault[];

const ajv = new Ajv({ allErrors: true, strict: false });
formats.default(ajv);

const checks = new WeakMap<JsonSchema, SchemaCheck>();

/** A function that lists every fault of a value. Compiled on first use, once per schema object. */
export function schemaCheck(schema: JsonSchema): SchemaCheck {
  const known = checks.get(schema);
  if (known) return known;
  const check = compile(schema);
  checks.set(schema, check);
  return check;
}

function compile(schema: JsonSchema): SchemaCheck {
  const validate = ajv.compile(schema);
  return (value) => (validate(value) ? [] : distinct((validate.errors ?? []).map(toFault)));
}

function toFault(error: ErrorObject): Fault {
  const path = dotted(error.instancePath);
  const params = error.params as Record<string, unknown>;
  switch (error.keyword) {
    case 'required':
      return { path: join(path, String(params['missingProperty'])), message: 'is required' };
    case 'additionalProperties':
      return { path: join(path, String(params['additionalProperty'])), message: 'is not known here' };
    case 'enum':
      return { path, message: `must be one of ${(params['allowedValues'] as unknown[]).join(', ')}` };
    case 'format':
      return { path, message: formatMessage(String(params['format'])) };
    case 'minLength':
      return {
        path,
        message: params['limit'] === 1 ? 'must not be empty' : (error.message ?? 'is too short'),
      };
    default:
      return { path, message: error.message ?? 'is not valid' };
  }
}

function formatMessage(format: string): string {
  if (format === 'date-time') return 'must be a date and time with its offset, such as 2026-01-05T09:00:00Z';
  return `must be a valid ${format}`;
}

function join(path: string, name: string): string {
  return path === '' ? quoted(name) : `${path}.${quoted(name)}`;
}

/** `/body/tagIds/0` as `body.tagIds[0]`. */
function dotted(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((path, part) => (/^\d+$/.test(part) ? `${path}[${part}]` : join(path, part)), '');
}

function distinct(faults: readonly Fault[]): readonly Fault[] {
  const seen = new Set<string>();
  return faults.filter(({ path, message }) => {
    const key = `${path}\n${message}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
