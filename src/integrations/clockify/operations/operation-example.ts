import type { JsonSchema, Params } from '../../integration.js';

const ID = '5b715612b079875110791432';
const NAMED: Readonly<Record<string, unknown>> = {
  workspaceId: '64a687e29ae1f428e7ebe303',
  start: '2026-01-05T09:00:00Z',
  end: '2026-01-05T10:30:00Z',
  dateRangeStart: '2026-01-05T00:00:00',
  dateRangeEnd: '2026-01-11T23:59:59',
  url: 'https://example.com/hook',
  userLocale: 'en_US',
  color: '#0B83D9',
  timeZone: 'UTC',
  base64: 'aGVsbG8=',
  contentType: 'text/plain',
  filename: 'receipt.txt',
};

/** Params that satisfy the schema: what is required, and nothing else. */
export function exampleOf(schema: JsonSchema): Params {
  return valueOf(schema, '', (schema['$defs'] ?? {}) as Record<string, JsonSchema>) as Params;
}

type Definitions = Readonly<Record<string, JsonSchema>>;

function valueOf(schema: JsonSchema, name: string, definitions: Definitions): unknown {
  const reference = schema['$ref'];
  if (typeof reference === 'string') {
    return valueOf(definitions[reference.replace('#/$defs/', '')] ?? {}, name, definitions);
  }
  const choices = schema['enum'];
  if (Array.isArray(choices)) return choices[0];
  const type = Array.isArray(schema['type']) ? (schema['type'] as unknown[])[0] : schema['type'];
  switch (type) {
    case 'object':
      return objectOf(schema, definitions);
    case 'array':
      return [valueOf((schema['items'] ?? {}) as JsonSchema, name.replace(/s$/, ''), definitions)];
    case 'integer':
    case 'number':
      return Math.max(1, Number(schema['minimum'] ?? 1));
    case 'boolean':
      return true;
    default:
      return textOf(schema, name);
  }
}

function objectOf(schema: JsonSchema, definitions: Definitions): unknown {
  const properties = (schema['properties'] ?? {}) as Record<string, JsonSchema>;
  const required = (schema['required'] ?? []) as string[];
  return Object.fromEntries(
    required.map((name) => [name, valueOf(properties[name] ?? {}, name, definitions)]),
  );
}

function textOf(schema: JsonSchema, name: string): string {
  const named = NAMED[name];
  if (typeof named === 'string') return named;
  if (schema['format'] === 'date-time') return '2026-01-05T09:00:00Z';
  if (schema['format'] === 'email') return 'ada@example.com';
  if (schema['pattern'] === '^#(?:[0-9a-fA-F]{6}){1}$') return '#0B83D9';
  if (/(^i|I)d$/.test(name)) return ID;
  if (/date/i.test(name)) return '2026-01-05';
  if (/currency/i.test(name)) return 'EUR';
  return 'Example'.slice(0, Number(schema['maxLength'] ?? 100));
}
