import type { ColumnType, Generated } from 'kysely';

/** jsonb: read as a value, written as its text. */
type Json<T> = ColumnType<T, string, never>;

export interface EventsTable {
  id: string;
  seq: ColumnType<string, never, never>;
  source: string;
  type: string;
  is_type_inferred: boolean;
  workspace_id: string | null;
  user_id: string | null;
  subject_id: string | null;
  subject_key: string | null;
  payload: Json<unknown>;
  headers: Json<Record<string, string>>;
  changes: Json<string[] | null>;
  delivery_id: string | null;
  request_id: string;
  received_at: Date;
  repeat_of: string | null;
  replay_of: string | null;
}

export interface EventDispatchTable {
  seq: string;
  event_id: string;
  subject_key: string | null;
  due_at: Generated<Date>;
  attempts: Generated<number>;
  claims: Generated<number>;
  lease_until: Date | null;
  claimed_by: string | null;
  last_error: Json<unknown>;
  /** Of the payload; unknown where an older release queued it. */
  bytes: number | null;
}

export interface EventHandlingsTable {
  event_id: string;
  handler: string;
  handled_at: Generated<Date>;
}

export interface EventDeadLettersTable {
  event_id: string;
  seq: string;
  subject_key: string | null;
  attempts: number;
  error: Json<unknown>;
  died_at: Generated<Date>;
}

export interface EventKeysTable {
  key: string;
  fingerprint: string;
  event_id: string;
  expires_at: Date;
  workspace_id: string | null;
}

declare module '../storage/database.js' {
  interface Tables {
    events: EventsTable;
    event_dispatch: EventDispatchTable;
    event_handlings: EventHandlingsTable;
    event_dead_letters: EventDeadLettersTable;
    event_keys: EventKeysTable;
  }
}
