import { Injectable } from '@nestjs/common';
import { sql, type Transaction } from 'kysely';
import type { Tables } from '../../storage/database.js';
import { Statements } from '../../storage/statements.js';
import {
  type Claim,
  type ClaimedEvent,
  type ClaimRow,
  type FinishedEvent,
  type HeadRow,
  type PeekedEvent,
  toClaimedEvent,
  toHead,
} from './claimed-event.js';
import { type LookAt, type Seen, type SeenRow, toSeen } from './event-look.js';
import { claimOf, IS_FREE, LOOK } from './event-turns.js';

/** Heard by every process that dispatches or streams events. */
export const EVENTS_CHANNEL = 'clankerbot_events';

/** Whoever changes what the rule of turns looks at holds it: two claims at once would not see each other's rows. */
const CLAIM_LOCK = 847_300_210;
const LOCKED = `locked as materialized (select pg_advisory_xact_lock(${CLAIM_LOCK}))`;
const HEAD =
  'e.id, e.source, e.type, e.is_type_inferred, e.workspace_id, e.user_id, e.subject_id, e.received_at, e.replay_of';

/** The rows of the claims in $1 and $2, as far as they are still the ones that count. */
const CLAIMED = `unnest($1::bigint[], $2::text[]) as c (seq, token) where d.seq = c.seq and d.claimed_by = c.token`;

export interface ClaimRequest {
  seqs: readonly string[];
  /** Of this claim alone: whoever ends, extends or gives back an event says by it whose it was. */
  token: string;
  leaseSeconds: number;
  /** Payloads together. */
  bytes: number;
  /** One event may be larger than that. */
  isFirstFree: boolean;
}

/** When a handler's effect was recorded; `lost`: not at all, as the event is no longer in the hands of this claim. */
export type Recorded = 'now' | 'before' | 'lost';

/** Which events are still to be handled, and by whom: the part of the inbox that works as a queue. */
@Injectable()
export class EventDispatchRepository {
  constructor(private readonly statements: Statements) {}

  /**
   * Events whose turn it is, by their kinds; nothing is taken yet. A row for each event would cost more to read than
   * it tells. Planned anew each time, as the queue grows and empties.
   */
  async look(at: LookAt): Promise<Seen> {
    const { rows } = await this.statements.query<SeenRow>(LOOK, [
      at.fromSeq,
      at.near,
      at.afterSubject,
      at.afterAlone,
      at.walk,
      at.most,
    ]);
    const [row] = rows;
    if (!row) throw new Error('A look answers one row');
    return toSeen(row);
  }

  /**
   * Takes those events whose turn it still is. The claim is committed before payloads are read: a process that stands still
   * while it is sent some megabytes must not hold the lock. A claim that a crash forgets does no harm, so it does not wait
   * for the disk. Each event is looked up by its id: left to choose, the planner reads the whole table while that is small.
   */
  async claim(request: ClaimRequest): Promise<ClaimedEvent[]> {
    const token = wordOf(request.token);
    const seqs = listOf(request.seqs);
    const results = await this.statements.script(`
      begin;
      set local synchronous_commit = off;
      select pg_advisory_xact_lock(${CLAIM_LOCK});
      ${claimOf({ ...request, seqs, token })};
      commit;
      select c.seq, c.subject_key, c.attempts, c.claims, c.claimed_by, c.bytes, ${HEAD}, e.payload, e.request_id,
        case when c.claims > 1 then array(
          select h.handler from clankerbot.event_handlings h where h.event_id = c.event_id) end as handled
      from clankerbot.event_dispatch c
        cross join lateral (select * from clankerbot.events where id = c.event_id limit 1) e
      where c.seq in (${seqs}) and c.claimed_by = '${token}'
      order by c.seq`);
    return ((results[5]?.rows ?? []) as ClaimRow[]).map(toClaimedEvent);
  }

  /** Reads events without taking them, oldest first, up to so many bytes; not those whose size is unknown. */
  async peek(seqs: readonly string[], bytes: number): Promise<PeekedEvent[]> {
    const { rows } = await this.statements.query<HeadRow & { seq: string; payload: unknown }>(
      `select d.seq, ${HEAD}, e.payload
       from (select seq, event_id, sum(coalesce(bytes, $2 + 1)) over (order by seq) as upto
             from clankerbot.event_dispatch where seq = any($1::bigint[])) d
         cross join lateral (select * from clankerbot.events where id = d.event_id limit 1) e
       where d.upto <= $2::bigint order by d.seq`,
      [seqs, bytes],
    );
    return rows.map((row) => ({ seq: row.seq, event: { ...toHead(row), payload: row.payload } }));
  }

  /** What nobody wants is done, unless somebody has taken it meanwhile. Forgotten in a crash, it is found unwanted again. */
  async finishUnwanted(seqs: readonly string[]): Promise<void> {
    await this.statements.script(`
      begin;
      set local synchronous_commit = off;
      delete from clankerbot.event_dispatch d where d.seq in (${listOf(seqs)}) and ${IS_FREE};
      commit`);
  }

  /**
   * Every handler is through, so nothing needs to be known about each of them any more. A crash that forgets it has
   * forgotten whatever came later too: what is handled again is handled in order, and handlers know what they have done.
   */
  async finish(claims: readonly Claim[]): Promise<void> {
    await this.statements.query(
      `with soon as materialized (select set_config('synchronous_commit', 'off', true))
       delete from clankerbot.event_dispatch d using soon, ${CLAIMED}`,
      parametersOf(claims),
    );
  }

  async retryLater(
    event: FinishedEvent,
    { afterSeconds, error }: { afterSeconds: number; error: object },
  ): Promise<void> {
    await this.statements.query(
      `with ${LOCKED}, handled as (
         insert into clankerbot.event_handlings (event_id, handler)
         select $1, h from unnest($2::text[]) h on conflict do nothing)
       update clankerbot.event_dispatch d
       set attempts = attempts + 1, lease_until = null, claimed_by = null, last_error = $3,
         due_at = now() + make_interval(secs => $4)
       from locked where d.seq = $5 and d.claimed_by = $6`,
      [event.eventId, event.handlers, JSON.stringify(error), afterSeconds, event.seq, event.token],
    );
  }

  async makeDeadLetter(event: FinishedEvent, error: object): Promise<void> {
    await this.statements.query(
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

  /** Gives back what was not started, as if it had never been claimed; once, however often it is asked to. */
  async release(claims: readonly Claim[]): Promise<void> {
    await this.statements.query(
      `update clankerbot.event_dispatch d set lease_until = null, claimed_by = null, claims = claims - 1 from ${CLAIMED}`,
      parametersOf(claims),
    );
  }

  /**
   * Returns which events are still in the hands of these claims. A lease that ended while the database was away is taken
   * up again where nobody has claimed the event since, or one of its subject that was committed late.
   */
  async extend(claims: readonly Claim[], leaseSeconds: number): Promise<Set<string>> {
    const values = claims.map(({ seq, token }) => `(${BigInt(seq)}, '${wordOf(token)}')`);
    const results = await this.statements.script(`
      begin;
      set local synchronous_commit = off;
      select pg_advisory_xact_lock(${CLAIM_LOCK});
      update clankerbot.event_dispatch d
      set lease_until = clock_timestamp() + interval '${Math.trunc(leaseSeconds)} seconds'
      from (values ${values.join(', ')}) as c (seq, token)
      where d.seq = c.seq and d.claimed_by = c.token and (d.lease_until >= now() or not exists (
        select 1 from clankerbot.event_dispatch b
        where b.subject_key = d.subject_key and b.seq < d.seq and b.lease_until >= now()))
      returning d.seq;
      commit`);
    return new Set(((results[3]?.rows ?? []) as { seq: string }[]).map(({ seq }) => seq));
  }

  /**
   * Only the claim that counts may record. Until the transaction is over the event stays in the queue, and so those behind
   * it wait, even where somebody else has given it up meanwhile.
   */
  async recordHandled(transaction: Transaction<Tables>, claim: Claim, handler: string): Promise<Recorded> {
    const { rows } = await sql<{ held: number; recorded: number }>`
      with held as materialized (
        select event_id from clankerbot.event_dispatch where seq = ${claim.seq} and claimed_by = ${claim.token}
        for key share),
      recorded as (
        insert into clankerbot.event_handlings (event_id, handler) select event_id, ${handler} from held
        on conflict do nothing returning event_id)
      select (select count(*)::int from held) as held, (select count(*)::int from recorded) as recorded`.execute(
      transaction,
    );
    if (rows[0]?.held !== 1) return 'lost';
    return rows[0].recorded === 1 ? 'now' : 'before';
  }

  /** Tells every process that there is something to look for. */
  async notify(): Promise<void> {
    await this.statements.query(`select pg_notify('${EVENTS_CHANNEL}', '')`);
  }

  async counts(): Promise<{ waiting: number; handling: number; dead: number; oldestSeconds: number }> {
    const { rows } = await this.statements.query<Record<'waiting' | 'handling' | 'dead' | 'oldest', string>>(
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
}

/** For statements that go together in one script, which takes no parameters. */
function listOf(seqs: readonly string[]): string {
  return seqs.map((seq) => BigInt(seq)).join(', ');
}

function wordOf(token: string): string {
  return token.replaceAll(/\W/g, '');
}

function parametersOf(claims: readonly Claim[]): [string[], string[]] {
  return [claims.map(({ seq }) => seq), claims.map(({ token }) => token)];
}
