import { Inject, Injectable } from '@nestjs/common';
import type { Transaction } from 'kysely';
import type { QueryResult } from 'pg';
import { DATABASE_ENGINE, type DatabaseEngine } from '../storage/database-engine.js';
import type { Tables } from '../storage/database.js';
import {
  type Claim,
  type ClaimedEvent,
  type ClaimRow,
  type DueEvents,
  type FinishedEvent,
  toClaimedEvent,
} from './claimed-event.js';
import type { EventsTable } from './events.tables.js';

/** Heard by every process that dispatches or streams events. */
export const EVENTS_CHANNEL = 'clankerbot_events';

const CLAIM_LOCK = 847_300_210;
const HEAD =
  'e.id, e.source, e.type, e.is_type_inferred, e.workspace_id, e.user_id, e.subject_id, e.received_at, e.replay_of';
const IS_DUE = 'd.due_at <= now() and (d.lease_until is null or d.lease_until < now())';
/** No earlier event of its subject is in somebody's hands or waits for its next try. */
const IS_ITS_TURN = `(d.subject_key is null or not exists (
  select 1 from clankerbot.event_dispatch b
  where b.subject_key = d.subject_key and b.seq < d.seq and (b.due_at > now() or b.lease_until >= now())))`;

/** The rows of the claims in $1 and $2, as far as they are still the ones that count. */
const CLAIMED = `unnest($1::bigint[], $2::text[]) as c (seq, token) where d.seq = c.seq and d.claimed_by = c.token`;

/** Which events are still to be handled, and by whom: the part of the inbox that works as a queue. */
@Injectable()
export class EventDispatchRepository {
  constructor(@Inject(DATABASE_ENGINE) private readonly engine: DatabaseEngine) {}

  /**
   * Events that may be handled now, by their kinds; nothing is taken yet. A row for each event would cost more to read than
   * it tells. Planned anew each time, as the queue grows and empties.
   */
  async due(limit: number, fromSeq = 0): Promise<DueEvents[]> {
    const { rows } = await this.engine.pool.query<
      Pick<EventsTable, 'source' | 'type' | 'workspace_id'> & { seqs: string }
    >({
      text: `
        with due as (
          select d.seq, d.event_id from clankerbot.event_dispatch d
          where d.seq >= $2 and ${IS_DUE} and ${IS_ITS_TURN} order by d.seq limit $1)
        select e.source, e.type, e.workspace_id, string_agg(due.seq::text, ',' order by due.seq) as seqs from due
          cross join lateral (
            select source, type, workspace_id from clankerbot.events where id = due.event_id limit 1) e
        group by e.source, e.type, e.workspace_id`,
      values: [limit, fromSeq],
    });
    return rows.map(({ source, type, workspace_id: workspaceId, seqs }) => ({
      kind: { source, type, workspaceId },
      seqs: seqs.split(','),
    }));
  }

  /**
   * Takes those events that are still to be had. An event waits while an earlier one of the same subject is in somebody's
   * hands or waits for its next try. Claims are made one at a time: two at once would not see each other's, and so
   * could split a subject. A claim that a crash forgets does no harm, so it does not wait for the disk. Each event is
   * looked up by its id: left to choose, the planner reads the whole table while that is small.
   */
  async claim(seqs: readonly string[], token: string, leaseSeconds: number): Promise<ClaimedEvent[]> {
    const results = await this.#script(`
      begin;
      set local synchronous_commit = off;
      select pg_advisory_xact_lock(${CLAIM_LOCK});
      with due as (
        select d.seq from clankerbot.event_dispatch d
        where d.seq in (${listOf(seqs)}) and ${IS_DUE} and ${IS_ITS_TURN}
      ),
      claimed as (
        update clankerbot.event_dispatch d
        set lease_until = now() + interval '${Math.trunc(leaseSeconds)} seconds',
          claimed_by = '${token.replaceAll(/\W/g, '')}', claims = d.claims + 1
        from due where d.seq = due.seq
        returning d.seq, d.event_id, d.subject_key, d.attempts, d.claims, d.claimed_by
      )
      select c.seq, c.subject_key, c.attempts, c.claims, c.claimed_by, ${HEAD}, e.payload, e.request_id,
        case when c.claims > 1 then array(
          select h.handler from clankerbot.event_handlings h where h.event_id = c.event_id) end as handled
      from claimed c
        cross join lateral (select * from clankerbot.events where id = c.event_id limit 1) e
      order by c.seq;
      commit`);
    return ((results[3]?.rows ?? []) as ClaimRow[]).map(toClaimedEvent);
  }

  /** What nobody wants is done, unless somebody has taken it meanwhile. Forgotten in a crash, it is found unwanted again. */
  async finishUnwanted(seqs: readonly string[]): Promise<void> {
    await this.#script(`
      begin;
      set local synchronous_commit = off;
      delete from clankerbot.event_dispatch d where d.seq in (${listOf(seqs)}) and ${IS_DUE};
      commit`);
  }

  /** Every handler is through, so nothing needs to be known about each of them any more. */
  async finish(claims: readonly Claim[]): Promise<void> {
    await this.engine.pool.query(
      `delete from clankerbot.event_dispatch d using ${CLAIMED}`,
      parametersOf(claims),
    );
  }

  async retryLater(
    event: FinishedEvent,
    { afterSeconds, error }: { afterSeconds: number; error: object },
  ): Promise<void> {
    await this.engine.pool.query(
      `with handled as (
         insert into clankerbot.event_handlings (event_id, handler)
         select $1, h from unnest($2::text[]) h on conflict do nothing)
       update clankerbot.event_dispatch
       set attempts = attempts + 1, lease_until = null, last_error = $3,
         due_at = now() + make_interval(secs => $4)
       where seq = $5 and claimed_by = $6`,
      [event.eventId, event.handlers, JSON.stringify(error), afterSeconds, event.seq, event.token],
    );
  }

  async makeDeadLetter(event: FinishedEvent, error: object): Promise<void> {
    await this.engine.pool.query(
      `with handled as (
         insert into clankerbot.event_handlings (event_id, handler)
         select $1, h from unnest($2::text[]) h on conflict do nothing),
       dead as (
         delete from clankerbot.event_dispatch where seq = $3 and claimed_by = $4
         returning event_id, seq, subject_key, attempts)
       insert into clankerbot.event_dead_letters (event_id, seq, subject_key, attempts, error)
       select event_id, seq, subject_key, attempts + 1, $5 from dead on conflict do nothing`,
      [event.eventId, event.handlers, event.seq, event.token, JSON.stringify(error)],
    );
  }

  /** Gives back what was not started, as if it had never been claimed. */
  async release(claims: readonly Claim[]): Promise<void> {
    await this.engine.pool.query(
      `update clankerbot.event_dispatch d set lease_until = null, claims = claims - 1 from ${CLAIMED}`,
      parametersOf(claims),
    );
  }

  /** Answers which events are still in the hands of these claims. */
  async extend(claims: readonly Claim[], leaseSeconds: number): Promise<Set<string>> {
    const { rows } = await this.engine.pool.query<{ seq: string }>(
      `update clankerbot.event_dispatch d set lease_until = now() + make_interval(secs => $3)
       from ${CLAIMED} returning d.seq`,
      [...parametersOf(claims), leaseSeconds],
    );
    return new Set(rows.map((row) => row.seq));
  }

  /** Answers whether it was recorded now; false where it had been before. */
  async recordHandled(transaction: Transaction<Tables>, eventId: string, handler: string): Promise<boolean> {
    const result = await transaction
      .insertInto('event_handlings')
      .values({ event_id: eventId, handler })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    return result.numInsertedOrUpdatedRows === 1n;
  }

  /** Tells every process that there is something to look for. */
  async notify(): Promise<void> {
    await this.engine.pool.query(`select pg_notify('${EVENTS_CHANNEL}', '')`);
  }

  async counts(): Promise<{ waiting: number; handling: number; dead: number; oldestSeconds: number }> {
    const { rows } = await this.engine.pool.query<Record<'waiting' | 'handling' | 'dead' | 'oldest', string>>(
      `select count(*) filter (where lease_until is null or lease_until < now()) as waiting,
         count(*) filter (where lease_until >= now()) as handling,
         (select count(*) from clankerbot.event_dead_letters) as dead,
         coalesce(extract(epoch from now() - min(due_at) filter (where due_at <= now())), 0) as oldest
       from clankerbot.event_dispatch`,
    );
    const [row] = rows;
    return {
      waiting: Number(row?.waiting ?? 0),
      handling: Number(row?.handling ?? 0),
      dead: Number(row?.dead ?? 0),
      oldestSeconds: Number(row?.oldest ?? 0),
    };
  }

  /** Several statements in one round trip, with their own transaction. */
  async #script(text: string): Promise<QueryResult[]> {
    const client = await this.engine.pool.connect();
    let broken: Error | undefined;
    try {
      return (await client.query(text)) as unknown as QueryResult[];
    } catch (error) {
      await client.query('rollback').catch((cause: Error) => (broken = cause));
      throw error;
    } finally {
      client.release(broken);
    }
  }
}

/** For statements that go together in one script, which takes no parameters. */
function listOf(seqs: readonly string[]): string {
  return seqs.map((seq) => BigInt(seq)).join(', ');
}

function parametersOf(claims: readonly Claim[]): [string[], string[]] {
  return [claims.map(({ seq }) => seq), claims.map(({ token }) => token)];
}
