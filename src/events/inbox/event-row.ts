import { hash } from 'node:crypto';
import { newId } from '../../clock/new-id.js';
import type { Delivery } from './delivery.js';

const LONGEST_TEXT = 200;

/** One delivery as `EventStore` hands it to the database. The names are short because each is sent with each row. */
export interface EventRow {
  id: string;
  /** Source. */
  s: string;
  /** Type, and whether it is inferred. */
  t: string;
  ti: boolean;
  /** Workspace and user. */
  w: string | null;
  u: string | null;
  /** What it is about, and the key under which events about it keep their order. */
  o: string | null;
  ok: string | null;
  /** Payload, about how many bytes it is, headers, and changes to the payload. */
  p: unknown;
  n: number;
  h: object;
  c: readonly string[] | null;
  /** The sender's id of the delivery. */
  d: string | null;
  /** Request id. */
  r: string;
  /** Time of receipt. */
  at: string;
  /** Key and fingerprint that a repeat is recognised by, and for how many seconds; 0: without an end. */
  k: string;
  f: string;
  ks: number;
  /** Whose id the key is: a workspace's, or '' for none; null where it is no id. */
  kw: string | null;
  /** The first of the rows with its key in one statement: the one that takes the key. */
  first: boolean;
}

export function eventRowOf(
  delivery: Delivery,
  options: { now: Date; windowSeconds: number; keptSeconds: number; bytes: number },
): EventRow {
  const { source, workspaceId, subjectId, repeatKey } = delivery;
  return {
    id: newId(options.now.getTime()),
    s: source,
    t: clip(delivery.type),
    ti: delivery.isTypeInferred,
    w: workspaceId === null ? null : clip(workspaceId),
    u: delivery.userId === null ? null : clip(delivery.userId),
    o: subjectId === null ? null : clip(subjectId),
    ok: subjectKeyOf({ source, workspaceId, subjectId }),
    p: delivery.payload,
    n: options.bytes,
    h: delivery.headers,
    c: delivery.changes.length > 0 ? delivery.changes : null,
    d: repeatKey.kind === 'content' ? null : (repeatKey.id ?? null),
    r: delivery.requestId,
    at: options.now.toISOString(),
    ...keyOf(delivery, options),
    first: true,
  };
}

/** Under this key events keep their order; null where nothing says what an event is about. */
export function subjectKeyOf(event: {
  source: string;
  workspaceId: string | null;
  subjectId: string | null;
}): string | null {
  const { source, workspaceId, subjectId } = event;
  return subjectId === null ? null : digest([source, workspaceId, subjectId]);
}

/** Under this key an event with an id of its sender's is known. */
export function keyOfId(source: string, id: string): string {
  return digest(['id', source, id]);
}

/** The same, where an event of another workspace has that key already. */
export function keyOfWorkspacesId(event: { source: string; workspaceId: string | null; id: string }): string {
  return digest(['id', event.source, event.workspaceId, event.id]);
}

/** Under this key it is known which body an id stands for that its sender does not sign. */
export function keyOfNamedBody(source: string, id: string): string {
  return digest(['named', source, id]);
}

function keyOf(
  { source, workspaceId, repeatKey: key }: Delivery,
  { windowSeconds, keptSeconds }: { windowSeconds: number; keptSeconds: number },
) {
  if (key.kind === 'id') return { k: keyOfId(source, key.id), f: '', ks: 0, kw: workspaceId ?? '' };
  // For as long as events are kept; one with an id takes its key along when it goes.
  if (key.kind === 'signed')
    return { k: digest(['signed', source, key.digest]), f: '', ks: keptSeconds, kw: null };
  const seconds = Math.max(windowSeconds, key.atLeastSeconds ?? 0);
  return {
    k: digest(['content', source, ...key.about]),
    f: digest(key.said),
    // A window of nothing recognises nothing; 0 would mean without an end.
    ks: seconds === 0 ? -1 : seconds,
    kw: null,
  };
}

/** 128 bits are enough for a key, and small in an index. Parts are kept apart, so that no value can pretend to be two. */
function digest(parts: readonly (string | null)[]): string {
  return hash('sha256', JSON.stringify(parts), 'base64url').slice(0, 22);
}

/** Nobody's ids are longer, and a list of events is read by people. */
function clip(text: string): string {
  return text.length <= LONGEST_TEXT ? text : text.slice(0, LONGEST_TEXT).toWellFormed();
}
