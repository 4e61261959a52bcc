import type { IncomingHttpHeaders } from 'node:http';
import type { RepeatKey } from '../events/delivery.js';
import type { JsonObject } from './webhook-source.js';

/** The value at `a.b.c`, as a text an id can be; null for anything else. */
export function textAt(payload: JsonObject, path: string): string | null {
  let value: unknown = payload;
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return null;
    value = (value as JsonObject)[key];
  }
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : null;
}

export function firstTextAt(payload: JsonObject, paths: readonly string[]): string | null {
  for (const path of paths) {
    const value = textAt(payload, path);
    if (value !== null) return value;
  }
  return null;
}

export function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  const text = Array.isArray(value) ? value[0] : value;
  return text === undefined || text.trim() === '' ? undefined : text.trim();
}

/** The same text for the same content, whatever the order of its keys. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson((value as JsonObject)[key])}`);
  return `{${entries.join(',')}}`;
}

/** Where nothing says what it is about, the content itself is what it is about. */
export function contentKey(
  payload: JsonObject,
  parts: readonly (string | null)[],
  subjectId: string | null,
): RepeatKey {
  const body = canonicalJson(payload);
  return { kind: 'content', parts: [...parts, subjectId ?? body], body };
}
