import { hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { RepeatKey } from '../events/inbox/delivery.js';
import type { JsonObject, WebhookPayload } from './webhook-source.js';

/** The value at `a.b.c`, as a text an id can be; null for anything else. */
export function textAt(payload: WebhookPayload, path: string): string | null {
  let value: unknown = payload;
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return null;
    value = (value as JsonObject)[key];
  }
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : null;
}

export function firstTextAt(payload: WebhookPayload, paths: readonly string[]): string | null {
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

/** The family of a source whose types nobody here knows: any of them may undo any other. */
export const ANY_TYPE = 'any';

export interface ContentIdentity {
  workspaceId: string | null;
  /** From the proof: each subscription has its own repeats. */
  subscription?: string | undefined;
  /** Null where it stands in a header that nobody signed. */
  type: string | null;
  subjectId: string | null;
  /** Names the types of which one may undo another; absent where nothing else undoes what this type tells of. */
  family?: string | undefined;
  /** For how long a signature lets the same bytes come again. */
  atLeastSeconds?: number | undefined;
}

/** What a body is known by where its sender signed it: no header, which anybody may change, has a say in it. */
export function signedKey(rawBody: Buffer, id?: string): Extract<RepeatKey, { kind: 'signed' }> {
  return { kind: 'signed', digest: hash('sha256', rawBody, 'base64url'), id };
}

/**
 * What a delivery without an id is recognised by. A type that others undo shares its key with them: on, off, on are three
 * events because another word came in between. Any other type has a key of its own, so that its late retry is known
 * whatever else happened to the thing. Where nothing says what it is about, the content itself is what it is about.
 */
export function contentKey(
  payload: WebhookPayload,
  { workspaceId, subscription, type, subjectId, family, atLeastSeconds }: ContentIdentity,
): RepeatKey {
  const body = canonicalJson(payload);
  const by = subscription ?? null;
  if (subjectId === null || family === undefined) {
    const about = [workspaceId, by, type, subjectId ?? body];
    return { kind: 'content', about, said: [body], atLeastSeconds };
  }
  return { kind: 'content', about: [workspaceId, family, subjectId], said: [type, by, body], atLeastSeconds };
}
