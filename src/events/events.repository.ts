import { Injectable } from '@nestjs/common';
import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely';
import { Database, type Tables } from '../storage/database.js';
import type { HeadRow } from './dispatch/claimed-event.js';
import { type BoundFilter, isExact, isWithin, lookedAt, type Window } from './event-window.js';
import type { EventStatus } from './events.dto.js';
import type { EventsTable } from './events.tables.js';

export interface EventSummaryRow extends HeadRow, Pick<EventsTable, 'repeat_of'> {
  status: EventStatus;
}

/** What one statement looks at, and so how long it may keep the embedded Postgres from everything else. */
const ROWS = 2_000;
const COUNTED_ROWS = 5_000;
/** Statements for one page, before it is handed on as far as it has come. */
const LOOKS = 5;

export interface Found<T> {
  rows: T[];
  /** Where to go on; undefined where there is nothing more. */
  next: string | undefined;
}

/** Stored events as people look at them. Promises that a page costs the same however many events there are. */
@Injectable()
export class EventsRepository {
  constructor(private readonly db: Database) {}

  /** Newest first. Where few of many events are asked for, a page may have come to its limit of looks before it is full. */
  async list(filter: BoundFilter, page: { limit: number; before?: string }): Promise<Found<EventSummaryRow>> {
    const isQueueShort = await this.#isQueueShort(filter);
    const rows: EventSummaryRow[] = [];
    let next = page.before;
    for (let look = 0; look < LOOKS; look++) {
      const found = await this.#look({
        filter,
        range: { before: next },
        direction: 'newest',
        isQueueShort,
        limit: page.limit - rows.length,
      });
      rows.push(...found.rows);
      next = found.next;
      if (next === undefined || rows.length >= page.limit) break;
    }
    return { rows, next };
  }

  /** Oldest first, between two ids. */
  async between(
    filter: BoundFilter,
    { after, before, limit }: { after: string; before: string; limit: number },
  ): Promise<Found<EventSummaryRow>> {
    const isQueueShort = await this.#isQueueShort(filter);
    return this.#look({ filter, range: { after, before }, direction: 'oldest', isQueueShort, limit });
  }

  async find(id: string, bounds: BoundFilter = {}) {
    return this.db
      .selectFrom('events')
      .leftJoin('event_dispatch as d', 'd.seq', 'events.seq')
      .leftJoin('event_dead_letters as l', 'l.event_id', 'events.id')
      .selectAll('events')
      .select(sql<EventStatus>`${statusOf('events')}`.as('status'))
      .select([
        'd.attempts',
        'd.due_at',
        'd.last_error',
        'l.attempts as dead_attempts',
        'l.error as dead_error',
      ])
      .where('events.id', '=', id)
      .where(isWithin(bounds, 'events'))
      .executeTakeFirst();
  }

  async handlings(eventId: string): Promise<{ handler: string; handled_at: Date }[]> {
    return this.db
      .selectFrom('event_handlings')
      .select(['handler', 'handled_at'])
      .where('event_id', '=', eventId)
      .execute();
  }

  /**
   * Originals only: a repeat or a replay of an event would have it handled twice over. Counted in slices, between which
   * others have their turn.
   */
  async countOriginals(filter: BoundFilter): Promise<number> {
    const isQueueShort = await this.#isQueueShort(filter);
    let count = 0;
    let after: string | undefined;
    do {
      const window = {
        filter,
        range: { after },
        direction: 'oldest',
        rows: COUNTED_ROWS,
        isQueueShort,
      } as const;
      const { rows } = await sql<{ matching: number; looked: number; last: string | null }>`
        with looked as materialized (${lookedAt(window)})
        select (select count(*)::int from looked k ${statusJoin} where ${matches(filter)} and ${hasStatus(filter)} and ${IS_ORIGINAL}) as matching,
          (select count(*)::int from looked) as looked, (select max(id) from looked) as last`.execute(
        this.db,
      );
      const [row] = rows;
      count += row?.matching ?? 0;
      after = row && row.looked >= COUNTED_ROWS ? (row.last ?? undefined) : undefined;
    } while (after !== undefined);
    return count;
  }

  async originals(
    filter: BoundFilter,
    page: { after: string; limit: number },
    transaction: Transaction<Tables>,
  ): Promise<{ ids: string[]; next: string | undefined }> {
    const { rows, next } = await this.#look(
      {
        filter,
        range: { after: page.after },
        direction: 'oldest',
        isQueueShort: await this.#isQueueShort(filter, transaction),
        limit: page.limit,
        onlyOriginals: true,
      },
      transaction,
    );
    return { ids: rows.map((row) => row.id), next };
  }

  /** Stores copies under new ids and queues them, in one statement; answers what each of them replays. */
  async replay(
    copies: readonly { original: string; id: string }[],
    { now, requestId, bounds }: { now: Date; requestId: string; bounds: BoundFilter },
    transaction: Transaction<Tables>,
  ): Promise<string[]> {
    const result = await sql<{ replay_of: string }>`
      with input as (
        select nextval('clankerbot.event_seq') as new_seq, i.id as new_id, e.*
        from unnest(${copies.map((c) => c.original)}::text[], ${copies.map((c) => c.id)}::text[]) as i(original, id)
        join clankerbot.events e on e.id = i.original
        where ${isWithin(bounds, 'e')}
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
      select coalesce(replay_of, id) as replay_of from input`.execute(transaction);
    return result.rows.map((row) => row.replay_of);
  }

  /** Looks at a bounded number of events, and answers those of them that are asked for. */
  async #look(search: Search, db: Kysely<Tables> = this.db): Promise<Found<EventSummaryRow>> {
    const { filter, direction, limit, onlyOriginals = false } = search;
    const rows = isExact(filter) && !onlyOriginals ? limit + 1 : ROWS;
    const order = sql.raw(direction === 'newest' ? 'desc' : 'asc');
    const last = sql.raw(direction === 'newest' ? 'min(id)' : 'max(id)');
    const result = await sql<EventSummaryRow & { looked: number; last: string | null }>`
      with looked as materialized (${lookedAt({ ...search, rows })}),
      plain as (
        select * from looked k where ${matches(filter)} and ${onlyOriginals ? IS_ORIGINAL : sql`true`}
        order by k.id ${order} ${filter.status === undefined ? sql`limit ${limit + 1}` : sql``}
      ),
      found as (
        select k.*, ${statusOf('k')} as status from plain k ${statusJoin}
        where ${hasStatus(filter)} order by k.id ${order} limit ${limit + 1}
      )
      select found.*, s.looked, s.last
      from (select count(*)::int as looked, ${last} as last from looked) s left join found on true
      order by found.id ${order}`.execute(db);
    return pageOf(result.rows, { limit, rows });
  }

  /** Deleted rows are walked over too, so this asks only where the answer matters. */
  async #isQueueShort({ status }: BoundFilter, db: Kysely<Tables> = this.db): Promise<boolean> {
    if (status !== 'waiting' && status !== 'handling' && status !== 'retrying') return false;
    const { rows } = await sql<{ count: number }>`
      select count(*)::int as count from (select 1 from clankerbot.event_dispatch limit ${ROWS}) q`.execute(
      db,
    );
    return (rows[0]?.count ?? 0) < ROWS;
  }
}

type Search = Omit<Window, 'rows'> & { limit: number; onlyOriginals?: boolean };

type LookedRow = EventSummaryRow & { looked: number; last: string | null };

function pageOf(
  all: readonly LookedRow[],
  { limit, rows }: { limit: number; rows: number },
): Found<EventSummaryRow> {
  const [first] = all;
  const found = all.filter(({ id }) => id !== null);
  const page = found.slice(0, limit).map(({ looked: _looked, last: _last, ...row }) => row);
  if (found.length > limit) return { rows: page, next: page.at(-1)?.id };
  return { rows: page, next: first && first.looked >= rows ? (first.last ?? undefined) : undefined };
}

const IS_ORIGINAL = sql`k.repeat_of is null and k.replay_of is null`;

/** One look into each index per event: left to choose, the planner reads the whole of a long queue. */
const statusJoin = sql`
  left join lateral (
    select x.seq, x.lease_until, x.attempts from clankerbot.event_dispatch x where x.seq = k.seq limit 1) d on true
  left join lateral (
    select x.event_id from clankerbot.event_dead_letters x where x.event_id = k.id limit 1) l on true`;

/** All but the status. */
function matches(filter: BoundFilter): RawBuilder<boolean> {
  const { source, type, workspaceId } = filter;
  const conditions: RawBuilder<unknown>[] = [isWithin(filter, 'k')];
  if (source !== undefined) conditions.push(sql`k.source = ${source}`);
  if (type !== undefined) conditions.push(sql`k.type = ${type}`);
  if (workspaceId !== undefined) conditions.push(sql`k.workspace_id = ${workspaceId}`);
  return sql`(${sql.join(conditions, sql` and `)})`;
}

function hasStatus({ status }: BoundFilter): RawBuilder<boolean> {
  return status === undefined ? sql`true` : sql`${statusOf('k')} = ${status}`;
}

/** What an event waits for follows from where it is queued, so that it is written nowhere twice. */
function statusOf(events: string): RawBuilder<EventStatus> {
  return sql`case
    when ${sql.ref(`${events}.repeat_of`)} is not null then 'repeat'
    when l.event_id is not null then 'dead'
    when d.seq is null then 'done'
    when d.lease_until >= now() then 'handling'
    when d.attempts > 0 then 'retrying'
    else 'waiting' end`;
}
