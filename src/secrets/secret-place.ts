import type { Params } from '../integrations/integration.js';
import { SecretUnusableError } from './secrets.errors.js';

/**
 * Where in params a secret stands. Places are known from the document alone: text that comes with an event, and only looks
 * like one, is at no place, and stays text.
 */
export interface SecretPlace {
  readonly path: readonly (string | number)[];
  /** In characters of the text at the path. */
  readonly at: number;
  readonly length: number;
  readonly name: string;
}

export const SECRET_NAME = /^[a-z][a-z0-9_]{0,63}$/;
const EXPRESSION = /^secrets\.([a-z][a-z0-9_]{0,63})$/;
const PLACEHOLDER = /\{\{\s{0,8}secrets\.([a-z][a-z0-9_]{0,63})\s{0,8}\}\}/g;

/** The name, where an expression is nothing but that of a secret. */
export function secretNamed(expression: string): string | undefined {
  return EXPRESSION.exec(expression)?.[1];
}

export function placeholderOf(name: string): string {
  return `{{ secrets.${name} }}`;
}

/** Every place within a value that was written by hand, as a whole. */
export function placesIn(value: unknown, path: readonly (string | number)[] = []): SecretPlace[] {
  if (typeof value === 'string') {
    return [...value.matchAll(PLACEHOLDER)].map(({ 0: text, 1: name = '', index: at }) => ({
      path,
      at,
      length: text.length,
      name,
    }));
  }
  if (typeof value !== 'object' || value === null) return [];
  const entries: [string | number, unknown][] = Array.isArray(value)
    ? value.map((item, index) => [index, item])
    : Object.entries(value);
  return entries.flatMap(([key, item]) => placesIn(item, [...path, key]));
}

export function namesOf(places: readonly SecretPlace[]): string[] {
  return [...new Set(places.map(({ name }) => name))];
}

/** As faults write it: `headers.authorization`, `body.list[0]`. */
export function pathText(path: readonly (string | number)[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`))
    .join('')
    .replace(/^\./, '');
}

/** A copy of the params with the values at their places. Throws where a placeholder is not where it is said to be. */
export function fillPlaces(
  params: Params,
  places: readonly SecretPlace[],
  valueOf: (name: string) => string,
): Params {
  const filled = structuredClone(params);
  // From the end, so that those before it stay where they are.
  for (const place of [...places].sort((a, b) => b.at - a.at)) {
    const { holder, key, text } = textAt(filled, place);
    const { at, length, name } = place;
    const [whole, found] = new RegExp(PLACEHOLDER.source, 'y').exec(text.slice(at, at + length)) ?? [];
    if (whole?.length !== length || found !== name) throw notThere(place);
    holder[key] = text.slice(0, at) + valueOf(name) + text.slice(at + length);
  }
  return filled;
}

function textAt(
  root: object,
  place: SecretPlace,
): { holder: Record<string | number, unknown>; key: string | number; text: string } {
  const key = place.path.at(-1) ?? '';
  let holder: unknown = root;
  for (const part of place.path.slice(0, -1)) holder = fieldOf(holder, part);
  const text = fieldOf(holder, key);
  if (typeof text !== 'string') throw notThere(place);
  return { holder: holder as Record<string | number, unknown>, key, text };
}

function fieldOf(holder: unknown, key: string | number): unknown {
  if (typeof holder !== 'object' || holder === null || !Object.hasOwn(holder, key)) return undefined;
  return (holder as Record<string | number, unknown>)[key];
}

function notThere({ path, name }: SecretPlace): SecretUnusableError {
  const message = `There is no placeholder of the secret ${name} at ${pathText(path)}`;
  return new SecretUnusableError('internal_error', message);
}
