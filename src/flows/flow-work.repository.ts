import { Injectable } from '@nestjs/common';
import { type RawBuilder, sql } from 'kysely';
import { Database } from '../storage/database.js';
import {
  type NewRun,
  NEW_RUN_COLUMNS,
  NEW_RUN_TYPES,
  type RunRow,
  type StepRow,
  wake,
} from './flow-runs.repository.js';
import type { EndStatus, RunError } from './flows.tables.js';
import { jsonText } from './json-text.js';

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

/** One run's news, written all or not at all. */
export interface JournalEntry {
  runId: string;
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

const BATCH_FACTOR = 4;

/** The runs as their workers see them: claimed under a lease, journalled, handed back. The runs table is the queue. */
@Injectable()
export class FlowWorkRepository {
  constructor(private readonly db: Database) {}

  async hasReady(now: Date): Promise<boolean> {
    const row = await this.db
      .selectFrom('flow_runs')
      .select('id')
      .where('status', 'in', ['queued', 'waiting'])
      .where('ready_at', '<=', now)
      .limit(1)
      .executeTakeFirst();
    return row !== undefined;
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
   * that the counts are right; it takes a few milliseconds.
   */
  async claim(request: ClaimRequest): Promise<RunRow[]> {
    const { owner, now, limit, leaseSeconds, perWorkspace } = request;
    return this.db.transaction().execute(async (transaction) => {
      await sql`select revision from clankerbot.flow_latch where name = 'claims' for update`.execute(
        transaction,
      );
      const { rows } = await sql<RunRow>`
        with busy as materialized (
          select flow_id, workspace_id, count(*)::int as n from clankerbot.flow_runs
          where status = 'running' group by flow_id, workspace_id
        ), busy_flows as (
          select flow_id, sum(n)::int as n from busy group by flow_id
        ), busy_workspaces as (
          select workspace_id, sum(n)::int as n from busy where workspace_id is not null group by workspace_id
        ), candidates as (
          select run.id, run.flow_id, run.workspace_id, run.max_concurrency, run.ready_at,
            coalesce(f.n, 0) as flow_busy, coalesce(w.n, 0) as workspace_busy
          from clankerbot.flow_runs run
          left join busy_flows f on f.flow_id = run.flow_id
          left join busy_workspaces w on w.workspace_id = run.workspace_id
          where run.status in ('queued', 'waiting') and run.ready_at <= ${now}
            and coalesce(f.n, 0) < run.max_concurrency and coalesce(w.n, 0) < ${perWorkspace}
          order by run.ready_at, run.id
          limit ${limit * BATCH_FACTOR}
        ), ranked as (
          select id, max_concurrency, workspace_id, ready_at,
            flow_busy + row_number() over (partition by flow_id order by ready_at, id) as flow_rank,
            workspace_busy + row_number() over (partition by workspace_id order by ready_at, id) as workspace_rank
          from candidates
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

  /** Says that this process still lives and works on its runs. */
  async renew(owner: string, runIds: readonly string[], leaseSeconds: number): Promise<void> {
    await sql`
      update clankerbot.flow_runs set lease_until = now() + make_interval(secs => ${leaseSeconds})
      where id = any(${[...runIds]}::text[]) and status = 'running' and lease_owner = ${owner}`.execute(
      this.db,
    );
  }

  /** Puts the runs of dead processes back; those that keep killing their process are given up. Answers how many. */
  async rescue(now: Date, rescuesMax: number): Promise<number> {
    const error: RunError = {
      code: 'internal_error',
      message: 'Its process died again and again while working on it',
    };
    const { rows } = await sql<{ count: string }>`
      with dead as (
        update clankerbot.flow_runs set
          lease_owner = null, lease_until = null, rescues = rescues + 1, ready_at = ${now},
          ${workedUntil(sql.ref('lease_until'))},
          status = case when rescues >= ${rescuesMax} then 'failed' else 'queued' end,
          finished_at = case when rescues >= ${rescuesMax} then ${now}::timestamptz end,
          error = case when rescues >= ${rescuesMax} then ${jsonText(error)}::jsonb end
        where status = 'running' and lease_until < now()
        returning parent_run_id, finished_at
      ), woken as (
        update clankerbot.flow_runs caller set ${wake(now)}
        from dead
        where caller.id = dead.parent_run_id and dead.finished_at is not null and caller.status = 'waiting'
      )
      select count(*) as count from dead`.execute(this.db);
    return Number(rows[0]?.count ?? 0);
  }

  /** Hands runs back unfinished: others may take them at once. */
  async release(
    owner: string,
    runIds: readonly string[],
    { now, readyAt = now }: { now: Date; readyAt?: Date },
  ): Promise<void> {
    if (runIds.length === 0) return;
    await sql`
      update clankerbot.flow_runs set
        status = 'queued', ready_at = ${readyAt}, lease_owner = null, lease_until = null,
        ${workedUntil(sql`${now}::timestamptz`)}
      where id = any(${[...runIds]}::text[]) and status = 'running' and lease_owner = ${owner}`.execute(
      this.db,
    );
  }

  /**
   * Writes the news of many runs in one statement, each only as long as the run is this owner's. A change asks that of the
   * row as it is, not as it was when the statement began, and what comes with it is written only where it was made: who
   * loses the run in that moment calls no other flow. A caller that was woken since it was claimed does not go to sleep.
   */
  async journal(owner: string, entries: readonly JournalEntry[], now: Date): Promise<JournalReceipt[]> {
    const steps = entries.flatMap((entry) => entry.steps);
    const changes = entries.flatMap(({ runId, change }) => (change ? [changeRow(runId, change)] : []));
    const changedIds = entries.flatMap(({ runId, change }) => (change ? [runId] : []));
    const endedIds = entries.flatMap(({ runId, change }) =>
      change === undefined || change.status === 'waiting' ? [] : [runId],
    );
    const children = entries.flatMap(({ child }) => (child ? [child] : []));
    const effects = entries.flatMap(({ runId, effects: list }) =>
      list.map(({ entityId, chain }) => ({ entity_id: entityId, run_id: runId, chain, created_at: now })),
    );
    const { rows } = await sql<{ id: string; is_cancel_requested: boolean }>`
      with held as materialized (
        select id, is_cancel_requested from clankerbot.flow_runs
        where id = any(${entries.map((entry) => entry.runId)}::text[]) and status = 'running' and lease_owner = ${owner}
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
        where run.id = change.id and run.status = 'running' and run.lease_owner = ${owner}
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
        select ${sql.raw(NEW_RUN_COLUMNS)}, 'queued', created_at
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
    return entries.map(({ runId }) => ({
      isOurs: byId.has(runId),
      isCancelRequested: byId.get(runId) ?? false,
    }));
  }
}

/** Ends a stretch of work. Where none was begun, as by the release before this one, nothing is added: `greatest` skips null. */
function workedUntil(at: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`worked_since = null,
    worked_ms = worked_ms + greatest(0, extract(epoch from ${at} - worked_since) * 1000)`;
}

function changeRow(id: string, change: RunChange): object {
  if (change.status === 'waiting') {
    return {
      id,
      status: change.status,
      ready_at: change.readyAt,
      deadline_at: change.deadlineAt,
      step_count: change.stepCount,
    };
  }
  return {
    id,
    status: change.status,
    finished_at: change.at,
    result: change.result ?? null,
    error: change.error,
    step_count: change.stepCount,
  };
}

const CHANGE_TYPES =
  'id text, status text, ready_at timestamptz, deadline_at timestamptz, finished_at timestamptz, result jsonb, error jsonb, step_count integer';

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
