import { firstIdAt } from '../../src/events/event-time.js';
import type { DatabaseEngine } from '../../src/storage/database-engine.js';

const AT_ONCE = 20_000;
const DAY_MS = 86_400_000;

/**
 * So many events of the last day, one as long after the other. The oldest hundred are rare in every way: of a rare source,
 * type and workspace, and a tenth each dead, repeats, waiting, being handled and retried. All others are common and done,
 * or wait too where the queue is to be long.
 */
export async function fillWithEvents(
  { pool }: DatabaseEngine,
  count: number,
  { nowMs, isQueueLong = false }: { nowMs: number; isQueueLong?: boolean },
): Promise<void> {
  for (let from = 0; from < count; from += AT_ONCE) {
    const indices = Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, i) => from + i);
    // Not by newId(), which goes back to no earlier time than it has given out.
    const ids = indices.map(
      (i) =>
        firstIdAt(nowMs - DAY_MS + Math.floor((i * DAY_MS) / count)).slice(0, 10) +
        String(i).padStart(16, '0'),
    );
    await pool.query(INSERT, [indices, ids, nowMs - DAY_MS, DAY_MS / count, isQueueLong]);
  }
  for (const table of ['events', 'event_dispatch', 'event_dead_letters'])
    await pool.query(`vacuum analyze clankerbot.${table}`);
}

const INSERT = `
  with input as (
    select i, id, i < 100 as is_rare, i % 10 as kind, nextval('clankerbot.event_seq') as seq,
      to_timestamp(($3::float8 + i * $4::float8) / 1000) as at
    from unnest($1::int[], $2::text[]) as u (i, id)
  ),
  stored as (
    insert into clankerbot.events (id, seq, source, type, is_type_inferred, workspace_id, payload, headers, request_id,
      received_at, repeat_of)
    select id, seq, case when is_rare then 'rare' else 'common' end, case when is_rare then 'RARE' else 'COMMON' end, false,
      case when is_rare then 'w-rare' else 'w-common' end, '{}', '{}', id, at,
      case when is_rare and kind = 1 then 'another' end
    from input
  ),
  dead as (
    insert into clankerbot.event_dead_letters (event_id, seq, attempts) select id, seq, 8 from input where is_rare and kind = 2
  )
  insert into clankerbot.event_dispatch (seq, event_id, attempts, lease_until)
  select seq, id, case when is_rare and kind = 5 then 1 else 0 end,
    case when is_rare and kind = 4 then now() + interval '1 day' end
  from input where is_rare and kind in (3, 4, 5) or $5::boolean and not is_rare`;
