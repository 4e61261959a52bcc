import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database } from '../../storage/database.js';
import { jsonText } from '../../storage/json-text.js';
import type { RunError } from '../flows.tables.js';
import { type RunRow, type StepRow, wake } from '../runs/flow-runs.repository.js';
import { type Claim, claimed, isHeld, isOwn, workedMsUntil, workedUntil } from './claimed-runs.js';
import { type JournalEntry, type JournalReceipt, writeNews } from './flow-news.js';
import { type ClaimRequest, takeFromLine } from './run-line.js';

export interface FlowBacklog {
  ready: number;
  /** Until a time or another run's end. */
  parked: number;
  running: number;
  oldestReadySeconds: number;
}

export interface FlowLook {
  hasReady: boolean;
  readyInMs: number;
  leaseEndsInMs: number;
}

/** What a renewal says of a run: since when it is worked on, which an outage moves. */
export type HeldTime = Pick<RunRow, 'id' | 'worked_ms' | 'worked_since'>;

/** Nobody is put off for longer without a step that says so: who calls another run looks again after it. */
const LONGEST_UNTOLD = sql.raw(`interval '30 seconds'`);
const MENDED_AT_ONCE = 10_000;
/** On a server that has just come back, the leases of those who live have ended too. */
const EVERYBODY_COULD_RENEW = sql.raw(`pg_postmaster_start_time() + interval '5 seconds'`);

/** The runs as their workers see them: claimed under a lease, journalled, handed back. The runs table is the queue. */
@Injectable()
export class FlowWorkRepository {
  constructor(private readonly db: Database) {}

  /** What there is to do now, and when there will be: runs that can go on, and runs of others whose lease ends. */
  async look(owner: string, held: readonly Claim[], now: Date): Promise<FlowLook> {
    const { rows } = await sql<{
      has_ready: boolean;
      ready_at: Date | null;
      lease_ends_in_ms: number | null;
    }>`
      select
        exists (
          select 1 from clankerbot.flow_runs where status in ('queued', 'waiting') and ready_at <= ${now}
        ) as has_ready,
        (
          select min(ready_at) from clankerbot.flow_runs where status in ('queued', 'waiting') and ready_at > ${now}
        ) as ready_at,
        (
          select extract(epoch from min(greatest(lease_until, ${EVERYBODY_COULD_RENEW})) - clock_timestamp())::float8 * 1000
          from clankerbot.flow_runs where status = 'running' and not ${isHeld(owner, held)}
        ) as lease_ends_in_ms`.execute(this.db);
    const [row] = rows;
    return {
      hasReady: row?.has_ready ?? false,
      readyInMs: row?.ready_at ? row.ready_at.getTime() - now.getTime() : Infinity,
      leaseEndsInMs: row?.lease_ends_in_ms ?? Infinity,
    };
  }

  /** What has not ended, by what it waits for, and how long the first that could go on has waited. */
  async backlog(now: Date): Promise<FlowBacklog> {
    const { rows } = await sql<Record<keyof FlowBacklog, string>>`
      select count(*) filter (where status <> 'running' and ready_at <= ${now}::timestamptz) as ready,
        count(*) filter (where status <> 'running' and ready_at > ${now}::timestamptz) as parked,
        count(*) filter (where status = 'running') as running,
        coalesce(extract(epoch from ${now}::timestamptz - min(ready_at) filter (
          where status <> 'running' and ready_at <= ${now}::timestamptz)), 0) as "oldestReadySeconds"
      from clankerbot.flow_runs where status in ('queued', 'waiting', 'running')`.execute(this.db);
    const read = (name: keyof FlowBacklog): number => Number(rows[0]?.[name] ?? 0);
    return {
      ready: read('ready'),
      parked: read('parked'),
      running: read('running'),
      oldestReadySeconds: read('oldestReadySeconds'),
    };
  }

  /**
   * Takes ready runs, oldest first, as far as the limits per flow and workspace allow. One process claims at a time, so
   * that the counts are right; it takes a few milliseconds, however many runs wait behind a limit.
   */
  async claim(request: ClaimRequest): Promise<RunRow[]> {
    return this.db.transaction().execute(async (transaction) => {
      await sql`select revision from clankerbot.flow_latch where name = 'claims' for update`.execute(
        transaction,
      );
      return takeFromLine(request, transaction);
    });
  }

  async stepsOf(runIds: readonly string[]): Promise<StepRow[]> {
    if (runIds.length === 0) return [];
    return this.db.selectFrom('flow_steps').selectAll().where('run_id', 'in', runIds).execute();
  }

  /** The chains of the runs whose recent effects these entities were. */
  async chainsOf(
    entityIds: readonly string[],
    since: Date,
  ): Promise<{ entity_id: string; chain: string[] }[]> {
    if (entityIds.length === 0) return [];
    return this.db
      .selectFrom('flow_effects')
      .select(['entity_id', 'chain'])
      .where('entity_id', 'in', entityIds)
      .where('created_at', '>=', since)
      .execute();
  }

  /**
   * Says that this process still lives and works on its runs; answers those that are still its own. Where the lease had
   * ended and nobody came, it is taken up again, and the time between is not counted as work.
   */
  async renew(
    owner: string,
    claims: readonly Claim[],
    lease: { seconds: number; now: Date },
  ): Promise<HeldTime[]> {
    const hasEnded = sql`run.lease_until < now()`;
    const { rows } = await sql<HeldTime>`
      update clankerbot.flow_runs run set
        lease_until = now() + make_interval(secs => ${lease.seconds}),
        worked_ms = case when ${hasEnded} then ${workedMsUntil(sql`run.lease_until`)} else run.worked_ms end,
        worked_since = case when ${hasEnded} then ${lease.now}::timestamptz else run.worked_since end,
        ready_at = case when ${hasEnded} and run.ready_at > run.worked_since
          then ${lease.now}::timestamptz + interval '1 millisecond' else run.ready_at end
      from ${claimed(claims)}
      where ${isOwn(owner)}
      returning run.id, run.worked_ms, run.worked_since`.execute(this.db);
    return rows;
  }

  /**
   * Puts the runs of dead processes back; those that keep killing their process are given up. Returns how many. What this
   * process holds is no dead one's, however late it is with its renewal.
   */
  async rescue(
    owner: string,
    held: readonly Claim[],
    { now, rescuesMax }: { now: Date; rescuesMax: number },
  ): Promise<number> {
    const error: RunError = {
      code: 'internal_error',
      message: 'Its process died again and again while working on it',
    };
    const { rows } = await sql<{ count: string }>`
      with dead as (
        update clankerbot.flow_runs run set
          lease_owner = null, lease_until = null, rescues = rescues + 1, ready_at = ${now},
          ${workedUntil(sql.ref('lease_until'))},
          status = case when rescues >= ${rescuesMax} then 'failed' else 'queued' end,
          finished_at = case when rescues >= ${rescuesMax} then ${now}::timestamptz end,
          error = case when rescues >= ${rescuesMax} then ${jsonText(error)}::jsonb end
        where status = 'running' and lease_until < now() and now() > ${EVERYBODY_COULD_RENEW}
          and not ${isHeld(owner, held)}
        returning parent_run_id, finished_at
      ), woken as (
        update clankerbot.flow_runs caller set ${wake(now)}
        from dead
        where caller.id = dead.parent_run_id and dead.finished_at is not null and caller.status = 'waiting'
      )
      select count(*) as count from dead`.execute(this.db);
    return Number(rows[0]?.count ?? 0);
  }

  /**
   * After the clock was set back: what was put off by a time of the future that did not come. A pause is never longer than
   * it was asked for, a lease never longer than it is; a wait until an instant stays. Returns how many runs.
   */
  async mendTimes({ now, leaseSeconds }: { now: Date; leaseSeconds: number }): Promise<number> {
    const lease = sql`now() + make_interval(secs => ${leaseSeconds})`;
    await sql`update clankerbot.flow_runs set lease_until = ${lease}
      where status = 'running' and lease_until > ${lease}`.execute(this.db);
    const { rows } = await sql<{ id: string }>`
      with late as materialized (
        select id, ready_at from clankerbot.flow_runs
        where status in ('queued', 'waiting') and ready_at > ${now}::timestamptz + ${LONGEST_UNTOLD}
        order by ready_at limit ${MENDED_AT_ONCE}
      ), paused as (
        select late.id, step.path, ${now}::timestamptz + (step.wake_at - step.started_at) as ends_at,
          step.started_at > ${now} and (step.kind <> 'wait' or coalesce(step.input ? 'for', false)) as is_ahead
        from late join clankerbot.flow_steps step on step.run_id = late.id and step.wake_at = late.ready_at
      ), begun_now as (
        update clankerbot.flow_steps step set started_at = ${now}, wake_at = paused.ends_at
        from paused where step.run_id = paused.id and step.path = paused.path and paused.is_ahead
      ), pauses as (
        select late.id, max(paused.ends_at) filter (where paused.is_ahead) as ends_at, count(paused.id) > 0 as is_asked_for
        from late left join paused on paused.id = late.id group by late.id
      )
      update clankerbot.flow_runs run set
        ready_at = coalesce(pauses.ends_at, ${now}::timestamptz + ${LONGEST_UNTOLD})
      from pauses
      where run.id = pauses.id and (pauses.ends_at is not null or not pauses.is_asked_for)
        and run.status in ('queued', 'waiting')
      returning run.id`.execute(this.db);
    return rows.length;
  }

  /** Hands runs back unfinished: others may take them at once. */
  async release(
    owner: string,
    claims: readonly Claim[],
    { now, readyAt = now }: { now: Date; readyAt?: Date },
  ): Promise<void> {
    if (claims.length === 0) return;
    await sql`
      update clankerbot.flow_runs run set
        status = 'queued', ready_at = ${readyAt}, lease_owner = null, lease_until = null,
        ${workedUntil(sql`${now}::timestamptz`)}
      from ${claimed(claims)}
      where ${isOwn(owner)}`.execute(this.db);
  }

  /** Writes what has become of many runs, see writeNews. */
  journal(owner: string, entries: readonly JournalEntry[], now: Date): Promise<JournalReceipt[]> {
    return writeNews(this.db, { owner, now }, entries);
  }
}
