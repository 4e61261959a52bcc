import type { EventHead, EventKind, StoredEvent } from '../event-handler.js';
import type { EventsTable } from '../events.tables.js';

/** The right to handle an event until its lease ends, and to write down how that went. */
export interface Claim {
  seq: string;
  /** Each claiming has its own: a claim that a database forgot when it fell over has no say in the next one. */
  token: string;
}

export interface ClaimedEvent extends Claim {
  subjectKey: string | null;
  /** Failed tries before this one. */
  attempts: number;
  claims: number;
  /** Of the payload, as far as it is known. */
  bytes: number;
  requestId: string;
  /** Handlers that are through with it, from an earlier try. */
  handled: readonly string[];
  event: StoredEvent;
}

/** Events of one kind that wait for somebody to handle them, oldest first. */
export interface DueEvents {
  kind: EventKind;
  seqs: string[];
}

/** An event in the queue that nobody has taken because of it. */
export interface PeekedEvent {
  seq: string;
  event: StoredEvent;
}

export interface FinishedEvent extends Claim {
  eventId: string;
  /** Handlers whose success is not recorded yet. */
  handlers: readonly string[];
}

export type HeadRow = Pick<
  EventsTable,
  | 'id'
  | 'source'
  | 'type'
  | 'is_type_inferred'
  | 'workspace_id'
  | 'user_id'
  | 'subject_id'
  | 'received_at'
  | 'replay_of'
>;

export interface ClaimRow extends HeadRow {
  seq: string;
  subject_key: string | null;
  attempts: number;
  claims: number;
  bytes: number | null;
  handled: string[] | null;
  payload: unknown;
  request_id: string;
  claimed_by: string;
}

export function toClaimedEvent(row: ClaimRow): ClaimedEvent {
  return {
    seq: row.seq,
    token: row.claimed_by,
    subjectKey: row.subject_key,
    attempts: row.attempts,
    claims: row.claims,
    bytes: row.bytes ?? 0,
    requestId: row.request_id,
    handled: row.handled ?? [],
    event: { ...toHead(row), payload: row.payload },
  };
}

export function toHead(row: HeadRow): EventHead {
  return {
    id: row.id,
    source: row.source,
    type: row.type,
    isTypeInferred: row.is_type_inferred,
    workspaceId: row.workspace_id,
    userId: row.user_id,
    subjectId: row.subject_id,
    receivedAt: row.received_at,
    replayOf: row.replay_of,
  };
}
