import { sql } from 'kysely';
import type { Database } from '../../storage/database.js';
import { jsonText } from '../../storage/json-text.js';
import type { EndStatus, RunError } from '../flows.tables.js';
import {
  type NewRun,
  NEW_RUN_COLUMNS,
  NEW_RUN_TYPES,
  type StepRow,
  wake,
} from '../runs/flow-runs.repository.js';
import { type Claim, claimed, isOwn, workedUntil } from './claimed-runs.js';

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

/**
 * Writes the news of many runs in one statement, each only as long as the run is this owner's under this claim. A change asks that of the
 * row as it is, not as it was when the statement began, and what comes with it is written only where it was made: who
 * loses the run in that moment calls no other flow. A caller that was woken since it was claimed does not go to sleep.
 */
export async function writeNews(
  db: Database,
  { owner, now }: { owner: string; now: Date },
  entries: readonly JournalEntry[],
): Promise<JournalReceipt[]> {
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
    select id, is_cancel_requested from ours`.execute(db);
  const byId = new Map(rows.map((row) => [row.id, row.is_cancel_requested]));
  return entries.map(({ claim: { runId } }) => ({
    isOurs: byId.has(runId),
    isCancelRequested: byId.get(runId) ?? false,
  }));
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
