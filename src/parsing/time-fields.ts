import type { JsonSchema, Operation } from '../integrations/integration.js';
import { findParam, typesOf } from './rule/param-schema.js';

/** Names under which operations take a span of time. */
const PAIRS = [
  ['start', 'end'],
  ['dateRangeStart', 'dateRangeEnd'],
] as const;

export type TimeFields = (typeof PAIRS)[number];

/** The two params of an operation that say from when to when, if it has such. */
export function timeFieldsOf({ params }: Operation): TimeFields | undefined {
  return PAIRS.find((names) => names.every((name) => isText(params, name)));
}

function isText(root: JsonSchema, name: string): boolean {
  const found = findParam(root, [name]);
  return found.kind === 'known' && typesOf(found.schema, root).has('string');
}

/** Params whose values are ids, which nobody may make up. */
export function isIdName(name: string): boolean {
  return /(^ids?|Ids?|_ids?)$/.test(name);
}
