import { hash } from 'node:crypto';
import { newId } from '../clock/new-id.js';
import type { Delivery } from './delivery.js';

const LONGEST_TEXT = 200;

/** One delivery as `EventStore` hands it to the database: names are those of the record in its statement. */
export interface EventRow {
  id: string;
  source: string;
  type: string;
  inferred: boolean;
  workspace: string | null;
  user_id: string | null;
  subject: string | null;
  subject_key: string | null;
  payload: unknown;
  headers: object;
  changes: readonly string[] | null;
  delivery_id: string | null;
  request_id: string;
  received_at: string;
  key: string;
  fingerprint: string;
  /** 0: for ever. */
  key_seconds: number;
}

export function eventRowOf(delivery: Delivery, options: { now: Date; windowSeconds: number }): EventRow {
  const { source, workspaceId, subjectId, repeatKey } = delivery;
  return {
    id: newId(options.now.getTime()),
    source,
    type: clip(delivery.type),
    inferred: delivery.isTypeInferred,
    workspace: workspaceId === null ? null : clip(workspaceId),
    user_id: delivery.userId === null ? null : clip(delivery.userId),
    subject: subjectId === null ? null : clip(subjectId),
    subject_key: subjectKeyOf({ source, workspaceId, subjectId }),
    payload: delivery.payload,
    headers: delivery.headers,
    changes: delivery.changes.length > 0 ? delivery.changes : null,
    delivery_id: repeatKey.kind === 'id' ? repeatKey.id : null,
    request_id: delivery.requestId,
    received_at: options.now.toISOString(),
    ...keyOf(source, repeatKey, options.windowSeconds),
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

/** Under this key an event with an id of its sender's is known for ever. */
export function keyOfId(source: string, id: string): string {
  return digest(['id', source, id]);
}

function keyOf(source: string, key: Delivery['repeatKey'], windowSeconds: number) {
  if (key.kind === 'id') return { key: keyOfId(source, key.id), fingerprint: '', key_seconds: 0 };
  return {
    key: digest(['content', source, ...key.parts]),
    fingerprint: digest([key.body]),
    // A window of nothing recognises nothing; 0 would mean for ever here.
    key_seconds: windowSeconds === 0 ? -1 : windowSeconds,
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
