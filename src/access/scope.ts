import type { Parsed } from '../config/variable.js';
import { quoted } from '../errors/quoted.js';
import type { Bound, Scope } from '../observability/request-context.js';

export const BOUNDS = [
  'workspaces',
  'sources',
  'integrations',
  'operations',
  'flows',
] as const satisfies readonly Bound[];

/** What one bound may list. */
export const MOST_IN_BOUND = 100;
export const BOUND_ENTRY = /^[\x21-\x7e]{1,200}$/;
/** `integration.operation`, because two integrations may have an operation of one name. */
export const OPERATION_ENTRY = /^[^.\s]{1,100}\.[\x21-\x7e]{1,100}$/;

/** A scope as it stands in JSON, or the sentence that says what is wrong with it. */
export function readScope(value: Readonly<Record<string, unknown>>): Parsed<Scope> {
  const unknown = Object.keys(value).find((name) => !BOUNDS.includes(name as Bound));
  if (unknown !== undefined)
    return { mistake: `must have no ${quoted(unknown)}; there are ${BOUNDS.join(', ')}` };
  const wrong = BOUNDS.find((bound) => value[bound] !== undefined && !isList(bound, value[bound]));
  if (wrong === undefined) return { value };
  const entries = wrong === 'operations' ? 'integration.operation' : 'names or ids';
  return { mistake: `must have in ${wrong} a list of at most ${MOST_IN_BOUND} texts: ${entries}` };
}

function isList(bound: Bound, value: unknown): boolean {
  const entry = bound === 'operations' ? OPERATION_ENTRY : BOUND_ENTRY;
  const isEntry = (item: unknown): boolean => typeof item === 'string' && entry.test(item);
  return Array.isArray(value) && value.length <= MOST_IN_BOUND && value.every(isEntry);
}

/** Whether the scope binds anything; one that does not is none. */
export function isBinding(scope: Scope): boolean {
  return BOUNDS.some((bound) => scope[bound] !== undefined);
}

export const NO_BOUND_ADMIN =
  'is for viewers and operators: an admin can make keys that are bound to nothing';
export const ONLY_VIEWERS = 'can be false for viewers only';
