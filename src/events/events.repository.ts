import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database } from '../storage/database.js';
import type { HeadRow } from './claimed-event.js';
import { firstIdAt } from './event-time.js';
import type { EventFilter, EventStatus } from './events.dto.js';
import type { EventsTable } from './events.tables.js';

export interface EventSummaryRow extends HeadRow, Pick<EventsTable, 'repeat_of'> {
  status: EventStatus;
}

const SUMMARY = [
  'events.id',
  'events.source',
  'events.type',
  'events.is_type_inferred',
  'events.workspace_id',
  'events.user_id',
  'events.subject_id',
  'events.received_at',
  'events.repeat_of',
  'events.replay_of',
] as const;

/** Stored events as people look at them. */
@Injectable()
export class EventsRepository {
  constructor(private readonly db: Database) {}

  /** Newest first. */
  async list(filter: EventFilter, page: { limit: number; before?: string }): Promise<EventSummaryRow[]> {
    let query = this.#matching(filter)
      .select([...SUMMARY])
      .select(statusOf().as('status'));
    if (page.before !== undefined) query = query.where('events.id', '<', page.before);
    return query.orderBy('events.id', 'desc').limit(page.limit).execute();
  }

  /** Oldest first, after one id and before another. */
  async between(
    filter: EventFilter,
    { after, before, limit }: { after: string; before: string; limit: number },
  ): Promise<EventSummaryRow[]> {
    return this.#matching(filter)
      .select([...SUMMARY])
      .select(statusOf().as('status'))
      .where('events.id', '>', after)
      .where('events.id', '<', before)
      .orderBy('events.id')
      .limit(limit)
      .execute();
  }

  async find(id: string) {
    return this.#matching({})
      .selectAll('events')
      .select(statusOf().as('status'))
      .select([
        'd.attempts',
        'd.due_at',
        'd.last_error',
        'l.attempts as dead_attempts',
        'l.error as dead_error',
      ])
      .where('events.id', '=', id)
      .executeTakeFirst();
  }

  async handlings(eventId: string): Promise<{ handler: string; handled_at: Date }[]> {
    return this.db
      .selectFrom('event_handlings')
      .select(['handler', 'handled_at'])
      .where('event_id', '=', eventId)
      .execute();
  }

  /** Originals only: a repeat or a replay of an event would have it handled twice over. */
  async countOriginals(filter: EventFilter): Promise<number> {
    const row = await this.#originals(filter)
      .select((eb) => eb.fn.countAll<string>().as('count'))
      .executeTakeFirstOrThrow();
    return Number(row.count);
  }

  async originals(filter: EventFilter, page: { after: string; limit: number }): Promise<string[]> {
    const rows = await this.#originals(filter)
      .select('events.id')
      .where('events.id', '>', page.after)
      .orderBy('events.id')
      .limit(page.limit)
      .execute();
    return rows.map((row) => row.id);
  }

  /** Stores copies under new ids and queues them, in one statement; answers what each of them replays. */
  async replay(
    copies: readonly { original: string; id: string }[],
    { now, requestId }: { now: Date; requestId: string },
  ): Promise<string[]> {
    const result = await sql<{ replay_of: string }>`
      with input as (
        select nextval('clankerbot.event_seq') as new_seq, i.id as new_id, e.*
        from unnest(${copies.map((c) => c.original)}::text[], ${copies.map((c) => c.id)}::text[]) as i(original, id)
        join clankerbot.events e on e.id = i.original
      ),
      stored as (
        insert into clankerbot.events (id, seq, source, type, is_type_inferred, workspace_id, user_id, subject_id,
          subject_key, payload, headers, changes, delivery_id, request_id, received_at, repeat_of, replay_of)
        select new_id, new_seq, source, type, is_type_inferred, workspace_id, user_id, subject_id,
          subject_key, payload, headers, changes, delivery_id, ${requestId}, ${now}, null, coalesce(replay_of, id)
        from input
      ),
      queued as (
        insert into clankerbot.event_dispatch (seq, event_id, subject_key, bytes)
        select new_seq, new_id, subject_key, octet_length(payload::text) from input
      )
      select coalesce(replay_of, id) as replay_of from input`.execute(this.db);
    return result.rows.map((row) => row.replay_of);
  }

  #matching(filter: EventFilter) {
    let query = this.db
      .selectFrom('events')
      .leftJoin('event_dispatch as d', 'd.seq', 'events.seq')
      .leftJoin('event_dead_letters as l', 'l.event_id', 'events.id');
    if (filter.source !== undefined) query = query.where('events.source', '=', filter.source);
    if (filter.type !== undefined) query = query.where('events.type', '=', filter.type);
    if (filter.workspaceId !== undefined) query = query.where('events.workspace_id', '=', filter.workspaceId);
    if (filter.from !== undefined) query = query.where('events.id', '>=', firstIdAt(filter.from));
    if (filter.to !== undefined) query = query.where('events.id', '<', firstIdAt(filter.to));
    if (filter.status !== undefined) query = query.where(statusOf(), '=', filter.status);
    return query;
  }

  #originals(filter: EventFilter) {
    return this.#matching(filter).where('events.repeat_of', 'is', null).where('events.replay_of', 'is', null);
  }
}

/** What an event waits for follows from where it is queued, so that it is written nowhere twice. */
function statusOf() {
  return sql<EventStatus>`case
    when events.repeat_of is not null then 'repeat'
    when l.event_id is not null then 'dead'
    when d.seq is null then 'done'
    when d.lease_until >= now() then 'handling'
    when d.attempts > 0 then 'retrying'
    else 'waiting' end`;
}
