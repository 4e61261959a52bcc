import { Injectable } from '@nestjs/common';
import { type RawBuilder, sql, type Transaction } from 'kysely';
import { Database, type Tables } from '../../storage/database.js';
import {
  type NewRun,
  NEW_RUN_COLUMNS,
  NEW_RUN_TYPES,
  type RunRow,
  type StepRow,
  wake,
} from '../runs/flow-runs.repository.js';
import type { EndStatus, RunError } from '../flows.tables.js';
import { jsonText } from '../../storage/json-text.js';

export interface ClaimRequest {
  owner: string;
  now: Date;
  limit: number;
  leaseSeconds: number;
  perWorkspace: number;
}

/** How a run stops being worked on: for good, or until `readyAt`. */
export type RunChange = RunEnd | RunPause;

export interface RunEnd {
  status: EndStatus;
  at: Date;
  result: unknown;
  error: RunError | null;
  stepCount: number;
}

export interface RunPause {
  status: 'waiting';
  readyAt: Date;
  deadlineAt: Date | null;
  stepCount: number;
}

export interface EffectEntry {
  entityId: string;
  chain: readonly string[];
}

/** Which claim of a run somebody acts under: each has a number of its own, so that what an earlier holder says does not count. */
export interface Claim {
  runId: string;
  number: number;
}

/** One run's news, written all or not at all. */
export interface JournalEntry {
  claim: Claim;
  steps: readonly StepRow[];
  effects: readonly EffectEntry[];
  change?: RunChange;
  child?: NewRun;
}

/** Whether the run was still ours when its news was written (else nothing was), and whether it is to be cancelled. */
export interface JournalReceipt {
  isOurs: boolean;
  isCancelRequested: boolean;
}

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

/** What a claim looks at before it asks each flow and workspace for its own line. */
const LINE = 2_000;
const FIRST_OF_EACH = 20;
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
      const first = await takeFrom(firstInLine(request.now), request, transaction);
      if (first.length > 0 || !(await isLineLonger(request.now, transaction))) return first;
      return takeFrom(firstOfEach(request), request, transaction);
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

  /**
   * Writes the news of many runs in one statement, each only as long as the run is this owner's under this claim. A change asks that of the
   * row as it is, not as it was when the statement began, and what comes with it is written only where it was made: who
   * loses the run in that moment calls no other flow. A caller that was woken since it was claimed does not go to sleep.
   */
  async journal(owner: string, entries: readonly JournalEntry[], now: Date): Promise<JournalReceipt[]> {
    const steps = entries.flatMap((entry) => entry.steps);
    const changes = entries.flatMap(({ claim, change }) => (change ? [changeRow(claim, change)] : []));
    const changedIds = entries.flatMap(({ claim, change }) => (change ? [claim.runId] : []));
    const endedIds = entries.flatMap(({ claim, change }) =>
      change === undefined || change.status === 'waiting' ? [] : [claim.runId],
    );
    const children = entries.flatMap(({ child }) => (child ? [child] : []));
    const effects = entries.flatMap(({ claim, effects: list }) =>
      list.map(({ entityId, chain }) => ({
        entity_id: entityId,
        run_id: claim.runId,
        chain,
        created_at: now,
      })),
    );
    const { rows } = await sql<{ id: string; is_cancel_requested: boolean }>`
      with held as materialized (
        select run.id, run.is_cancel_requested
        from clankerbot.flow_runs run, ${claimed(entries.map(({ claim }) => claim))}
        where ${isOwn(owner)}
      ), callers as materialized (
        select run.parent_run_id as id from clankerbot.flow_runs run
        where run.id = any(${endedIds}::text[]) and run.parent_run_id is not null
      ), changed as (
        update clankerbot.flow_runs run set
          status = change.status, lease_owner = null, lease_until = null,
          ready_at = case when run.ready_at > run.worked_since or run.id in (select id from callers) then ${now}
            else coalesce(change.ready_at, run.ready_at) end,
          finished_at = change.finished_at, result = change.result, error = change.error,
          step_count = change.step_count, deadline_at = change.deadline_at,
          ${workedUntil(sql`${now}::timestamptz`)}
        from json_to_recordset(${jsonText(changes)}::json) as change (${sql.raw(CHANGE_TYPES)})
        where run.id = change.id and run.claims = change.claims and run.status = 'running' and run.lease_owner = ${owner}
        returning run.id
      ), ours as materialized (
        select id, is_cancel_requested from held
        where id in (select id from changed) or id <> all(${changedIds}::text[])
      ), written as (
        insert into clankerbot.flow_steps (${sql.raw(STEP_COLUMNS)})
        select ${sql.raw(STEP_COLUMNS)} from json_to_recordset(${jsonText(steps)}::json) as step (${sql.raw(STEP_TYPES)})
        where run_id in (select id from ours)
        on conflict (run_id, path) do update set ${sql.raw(STEP_UPDATES)}
      ), woken as (
        update clankerbot.flow_runs caller set ${wake(now)}
        where id in (select id from callers) and id <> all(${changedIds}::text[]) and finished_at is null
      ), called as (
        insert into clankerbot.flow_runs (${sql.raw(NEW_RUN_COLUMNS)}, status, ready_at)
        select ${sql.raw(NEW_RUN_COLUMNS)}, 'queued', ${now}::timestamptz
        from json_to_recordset(${jsonText(children)}::json) as run (${sql.raw(NEW_RUN_TYPES)})
        where parent_run_id in (select id from ours)
        on conflict (flow_id, trigger_key) do nothing
      ), caused as (
        insert into clankerbot.flow_effects (entity_id, run_id, chain, created_at)
        select entity_id, run_id, chain, created_at
        from json_to_recordset(${jsonText(effects)}::json)
          as effect (entity_id text, run_id text, chain text[], created_at timestamptz)
        where run_id in (select id from ours)
        on conflict (entity_id, run_id) do update set created_at = excluded.created_at
      )
      select id, is_cancel_requested from ours`.execute(this.db);
    const byId = new Map(rows.map((row) => [row.id, row.is_cancel_requested]));
    return entries.map(({ claim: { runId } }) => ({
      isOurs: byId.has(runId),
      isCancelRequested: byId.get(runId) ?? false,
    }));
  }
}

const CANDIDATE = sql.raw('run.id, run.flow_id, run.workspace_id, run.max_concurrency, run.ready_at');

function isReady(now: Date): RawBuilder<boolean> {
  return sql`run.status in ('queued', 'waiting') and run.ready_at <= ${now}`;
}

/** The usual case: those who have waited longest are those who may go on. */
function firstInLine(now: Date): RawBuilder<unknown> {
  return sql`candidates as (
    select ${CANDIDATE} from clankerbot.flow_runs run where ${isReady(now)} order by run.ready_at, run.id limit ${LINE}
  )`;
}

async function isLineLonger(now: Date, transaction: Transaction<Tables>): Promise<boolean> {
  const { rows } = await sql`
    select 1 from clankerbot.flow_runs run where ${isReady(now)} order by run.ready_at, run.id offset ${LINE} limit 1`.execute(
    transaction,
  );
  return rows.length > 0;
}

/** Where all of those are behind a limit: the first of each flow and workspace that is not, found by steps along the index. */
function firstOfEach({ now, limit, perWorkspace }: ClaimRequest): RawBuilder<unknown> {
  const line = sql.raw(`flow_id, coalesce(workspace_id, '') as workspace_key, max_concurrency
    from clankerbot.flow_runs where status in ('queued', 'waiting')`);
  const inOrder = sql.raw('order by flow_id, workspace_key, max_concurrency limit 1');
  return sql`lines as (
    (select ${line} ${inOrder})
    union all
    select next.* from lines, lateral (
      select ${line}
        and (flow_id, coalesce(workspace_id, ''), max_concurrency)
          > (lines.flow_id, lines.workspace_key, lines.max_concurrency)
      ${inOrder}
    ) next
  ), candidates as (
    select first.* from lines
    left join busy_flows f on f.flow_id = lines.flow_id
    left join busy_workspaces w on w.workspace_id = lines.workspace_key,
    lateral (
      select ${CANDIDATE} from clankerbot.flow_runs run
      where ${isReady(now)} and run.flow_id = lines.flow_id
        and coalesce(run.workspace_id, '') = lines.workspace_key and run.max_concurrency = lines.max_concurrency
      order by run.ready_at, run.id limit ${Math.min(limit, FIRST_OF_EACH)}
    ) first
    where coalesce(f.n, 0) < lines.max_concurrency and coalesce(w.n, 0) < ${perWorkspace}
  )`;
}

async function takeFrom(
  candidates: RawBuilder<unknown>,
  { owner, now, limit, leaseSeconds, perWorkspace }: ClaimRequest,
  transaction: Transaction<Tables>,
): Promise<RunRow[]> {
  const { rows } = await sql<RunRow>`
    with recursive busy as materialized (
      select flow_id, workspace_id, count(*)::int as n from clankerbot.flow_runs
      where status = 'running' group by flow_id, workspace_id
    ), busy_flows as (
      select flow_id, sum(n)::int as n from busy group by flow_id
    ), busy_workspaces as (
      select workspace_id, sum(n)::int as n from busy where workspace_id is not null group by workspace_id
    ), ${candidates}, able as (
      select run.*, coalesce(f.n, 0) as flow_busy, coalesce(w.n, 0) as workspace_busy from candidates run
      left join busy_flows f on f.flow_id = run.flow_id
      left join busy_workspaces w on w.workspace_id = run.workspace_id
      where coalesce(f.n, 0) < run.max_concurrency and coalesce(w.n, 0) < ${perWorkspace}
    ), ranked as (
      select id, max_concurrency, workspace_id, ready_at,
        flow_busy + row_number() over (partition by flow_id order by ready_at, id) as flow_rank,
        workspace_busy + row_number() over (partition by workspace_id order by ready_at, id) as workspace_rank
      from able
    ), taken as (
      select id from ranked
      where flow_rank <= max_concurrency and (workspace_id is null or workspace_rank <= ${perWorkspace})
      order by ready_at, id
      limit ${limit}
    )
    update clankerbot.flow_runs run set
      status = 'running', lease_owner = ${owner}, lease_until = now() + make_interval(secs => ${leaseSeconds}),
      claims = claims + 1, started_at = coalesce(started_at, ${now}), worked_since = ${now}
    from taken
    where run.id = taken.id and run.status in ('queued', 'waiting')
    returning run.*`.execute(transaction);
  return rows;
}

/** The claims as a table beside `run`. */
function claimed(claims: readonly Claim[]): RawBuilder<unknown> {
  return sql`unnest(${claims.map(({ runId }) => runId)}::text[], ${claims.map(({ number }) => number)}::integer[])
    as mine (id, claims)`;
}

function isOwn(owner: string): RawBuilder<boolean> {
  return sql`(run.id = mine.id and run.claims = mine.claims and run.status = 'running' and run.lease_owner = ${owner})`;
}

function isHeld(owner: string, held: readonly Claim[]): RawBuilder<boolean> {
  return sql`(lease_owner = ${owner} and id = any(${held.map(({ runId }) => runId)}::text[]))`;
}

/** Where no stretch of work was begun, as by the release before this one, nothing is added: `greatest` skips null. */
function workedMsUntil(at: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`worked_ms + greatest(0, extract(epoch from ${at} - worked_since) * 1000)`;
}

/** Ends a stretch of work. */
function workedUntil(at: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`worked_since = null, worked_ms = ${workedMsUntil(at)}`;
}

function changeRow({ runId: id, number: claims }: Claim, change: RunChange): object {
  if (change.status === 'waiting') {
    return {
      id,
      claims,
      status: change.status,
      ready_at: change.readyAt,
      deadline_at: change.deadlineAt,
      step_count: change.stepCount,
    };
  }
  return {
    id,
    claims,
    status: change.status,
    finished_at: change.at,
    result: change.result ?? null,
    error: change.error,
    step_count: change.stepCount,
  };
}

const CHANGE_TYPES =
  'id text, claims integer, status text, ready_at timestamptz, deadline_at timestamptz, finished_at timestamptz, result jsonb, error jsonb, step_count integer';

const STEP: Readonly<Record<keyof StepRow, string>> = {
  run_id: 'text',
  path: 'text',
  position: 'integer',
  step_id: 'text',
  kind: 'text',
  status: 'text',
  attempt: 'integer',
  attempts_before: 'integer',
  input: 'jsonb',
  secrets: 'jsonb',
  output: 'jsonb',
  error: 'jsonb',
  started_at: 'timestamptz',
  finished_at: 'timestamptz',
  wake_at: 'timestamptz',
  action_run_id: 'text',
};

const STEP_COLUMNS = Object.keys(STEP).join(', ');
const STEP_TYPES = Object.entries(STEP)
  .map(([name, type]) => `${name} ${type}`)
  .join(', ');
const STEP_UPDATES = Object.keys(STEP)
  .filter((name) => name !== 'run_id' && name !== 'path')
  .map((name) => `${name} = excluded.${name}`)
  .join(', ');
