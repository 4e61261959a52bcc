import type { Pool } from 'pg';
import { newId } from '../../src/clock/new-id.js';

export interface QueuedEvent {
  seq: number;
  subject: string | null;
  bytes?: number;
}

/** Stores and queues events as if deliveries had been received, with positions of the test's own. */
export async function queueEvents(pool: Pool, events: readonly QueuedEvent[]): Promise<void> {
  await pool.query(
    `with input as (select * from json_to_recordset($1) as r (seq bigint, id text, subject text, bytes int)),
     stored as (
       insert into clankerbot.events (id, seq, source, type, is_type_inferred, workspace_id, subject_id, subject_key,
         payload, headers, request_id, received_at)
       select id, seq, 'test', 'THING_CHANGED', false, 'w1', subject, subject, jsonb_build_object('n', seq), '{}', 'r', now()
       from input)
     insert into clankerbot.event_dispatch (seq, event_id, subject_key, bytes) select seq, id, subject, bytes from input`,
    [JSON.stringify(events.map((event) => ({ bytes: 10, ...event, id: newId() })))],
  );
}

/** So many events of one subject, the first of which has failed and waits for its next try. */
export async function queueBehindFailed(
  pool: Pool,
  options: { subject: string; count: number },
): Promise<void> {
  await pool.query(
    `with input as (select nextval('clankerbot.event_seq') as seq, $1 || lpad(n::text, 22, '0') as id, n
       from generate_series(1, $2::int) n),
     stored as (
       insert into clankerbot.events (id, seq, source, type, is_type_inferred, workspace_id, subject_id, subject_key,
         payload, headers, request_id, received_at)
       select id, seq, 'test', 'THING_CHANGED', false, 'w1', $1, $1, '{}', '{}', 'r', now() from input)
     insert into clankerbot.event_dispatch (seq, event_id, subject_key, bytes, attempts, due_at)
     select seq, id, $1, 2, (n = 1)::int, case when n = 1 then now() + interval '1 hour' else now() end from input`,
    [options.subject, options.count],
  );
}
