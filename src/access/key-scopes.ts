import type { Parsed } from '../config/variable.js';
import { quoted } from '../errors/quoted.js';
import type { Scope } from '../observability/request-context.js';
import { isBinding, readScope } from './scope.js';

/** What API_KEY_SCOPES says of one name. */
export interface KeyScope {
  scope?: Scope;
  seesNoPayloads?: true;
}

/** By the names of keys; shown in configuration as it is written there. */
export class KeyScopes extends Map<string, KeyScope> {
  toJSON(): object {
    return Object.fromEntries(
      [...this].map(([name, { scope, seesNoPayloads }]) => [
        name,
        { ...scope, ...(seesNoPayloads ? { payloads: false } : {}) },
      ]),
    );
  }
}

/** Reads `{"name": {"workspaces": […], …, "payloads": false}, …}`. */
export function parseKeyScopes(text: string): Parsed<KeyScopes> {
  const value = readJson(text);
  if (!isObject(value)) return { mistake: 'must be a JSON object, with the names of keys' };
  const read = Object.entries(value).map(([name, scope]) => ({ name, parsed: readKeyScope(scope) }));
  const mistakes = read.flatMap(({ name, parsed }) =>
    'mistake' in parsed ? [`${quoted(name)} ${parsed.mistake}`] : [],
  );
  if (mistakes.length > 0) return { mistake: `has a mistake: ${mistakes.join('; ')}` };
  return {
    value: new KeyScopes(
      read.flatMap(({ name, parsed }) => ('value' in parsed ? [[name, parsed.value] as const] : [])),
    ),
  };
}

function readKeyScope(value: unknown): Parsed<KeyScope> {
  if (!isObject(value)) return { mistake: 'must be an object' };
  const { payloads, ...bounds } = value;
  if (payloads !== undefined && typeof payloads !== 'boolean')
    return { mistake: 'must have true or false for payloads' };
  const scope = readScope(bounds);
  if ('mistake' in scope) return scope;
  const isBound = isBinding(scope.value);
  if (!isBound && payloads !== false) return { mistake: 'must be bound to something' };
  return {
    value: {
      ...(isBound ? { scope: scope.value } : {}),
      ...(payloads === false ? { seesNoPayloads: true } : {}),
    },
  };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
