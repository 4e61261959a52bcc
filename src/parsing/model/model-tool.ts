import type { JsonSchema, Operation } from '../../integrations/integration.js';
import type { PermittedCandidate } from './operation-candidates.js';
import type { Permission } from './model-operations.js';
import { asSchema, resolveSchema } from '../rule/param-schema.js';
import { isIdName, timeFieldsOf } from '../time-fields.js';

/** A function as chat completions describe it. */
export interface Tool {
  type: 'function';
  function: { name: string; description: string; parameters: JsonSchema };
}

export interface NamedTool {
  tool: Tool;
  candidate: PermittedCandidate;
}

/** What the model calls when none of the operations fits, because it is made to call something. */
export const CANNOT_TELL = 'cannot_tell';
export const CANNOT_TELL_TOOL: Tool = {
  type: 'function',
  function: {
    name: CANNOT_TELL,
    description: 'The request does not clearly ask for any of the other functions.',
    parameters: {
      type: 'object',
      properties: { reason: { type: 'string' } },
      required: ['reason'],
      additionalProperties: false,
    },
  },
};

const LONGEST_NAME = 64;
const MOST_PROPERTIES = 40;
const DEEPEST = 3;
const KEPT = ['type', 'enum', 'const', 'minimum', 'maximum', 'minItems', 'maxItems', 'nullable'] as const;

/** The candidates as tools by the names the model will use. */
export function toolsFor(candidates: readonly PermittedCandidate[]): Map<string, NamedTool> {
  const tools = new Map<string, NamedTool>();
  for (const candidate of candidates) {
    const { integration, operation, permission } = candidate;
    const plain = `${integration.name}__${operation.name}`.replace(/[^\w-]/g, '_').slice(0, LONGEST_NAME);
    const name = tools.has(plain) ? `${plain.slice(0, LONGEST_NAME - 3)}_${tools.size}` : plain;
    const parameters = flatParameters(operation, permission.fields);
    tools.set(name, {
      candidate,
      tool: { type: 'function', function: { name, description: `${operation.summary}.`, parameters } },
    });
  }
  return tools;
}

/**
 * The params as one flat, closed object: a body's fields at the top level, without what the model must not fill in
 * (spans of time, and fields that are not for it), and with ids asked for only if the text has them.
 */
export function flatParameters(operation: Operation, asked: Permission['fields'] = 'all'): JsonSchema {
  const root = operation.params;
  const top = asSchema(root['properties']) ?? {};
  const body = Object.hasOwn(top, 'body') ? resolveSchema(asSchema(top['body']) ?? {}, root) : undefined;
  const fields = asSchema(body?.['properties']);
  const own = fields ? Object.entries(top).filter(([name]) => name !== 'body') : Object.entries(top);
  const lifted = Object.entries(fields ?? {}).filter(([name]) => !Object.hasOwn(top, name));
  const times: readonly string[] = timeFieldsOf(operation) ?? [];
  const isAsked = (name: string): boolean => !times.includes(name) && (asked === 'all' || asked.has(name));
  const kept = [...own, ...lifted].filter(([name]) => isAsked(name)).slice(0, MOST_PROPERTIES);
  const names = new Set(kept.map(([name]) => name));
  const required = [...requiredOf(root), ...(fields ? requiredOf(body ?? {}) : [])];
  return {
    type: 'object',
    properties: Object.fromEntries(
      kept.map(([name, schema]) => [name, simplify(asSchema(schema) ?? {}, root, 1)]),
    ),
    required: required.filter((name) => names.has(name) && !isIdName(name)),
    additionalProperties: root['additionalProperties'] !== false && kept.length === 0,
  };
}

function requiredOf(schema: JsonSchema): string[] {
  return Array.isArray(schema['required']) ? (schema['required'] as string[]) : [];
}

/** What a model can make use of: types, choices and bounds; no references, and no deeper than it gets right. */
function simplify(schema: JsonSchema, root: JsonSchema, depth: number): JsonSchema {
  const node = resolveSchema(schema, root);
  const simple: Record<string, unknown> = {};
  for (const keyword of KEPT) if (keyword in node) simple[keyword] = node[keyword];
  const format = node['format'];
  if (format === 'date' || format === 'date-time')
    simple['description'] = 'Day or time in the words of the request.';
  else if (typeof node['description'] === 'string') simple['description'] = node['description'].slice(0, 200);
  const items = asSchema(node['items']);
  if (items && depth < DEEPEST) simple['items'] = simplify(items, root, depth + 1);
  const properties = asSchema(node['properties']);
  if (properties && depth < DEEPEST) {
    simple['properties'] = Object.fromEntries(
      Object.entries(properties)
        .slice(0, MOST_PROPERTIES)
        .map(([name, inner]) => [name, simplify(asSchema(inner) ?? {}, root, depth + 1)]),
    );
    simple['required'] = requiredOf(node);
    simple['additionalProperties'] = false;
  }
  return simple;
}
