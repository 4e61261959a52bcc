import { Injectable } from '@nestjs/common';
import { type Selectable, sql, type Transaction } from 'kysely';
import type { Reach } from '../access/reach.js';
import type { RunStatus } from '../flows/flows.tables.js';
import { jsonText } from '../storage/json-text.js';
import { Database, type Tables } from '../storage/database.js';
import { seesTarget } from './schedule-scope.js';
import type { ScheduleRunError, ScheduleRunKind, ScheduleRunStatus, Target } from './schedules.tables.js';

export type ScheduleRunRow = Selectable<Tables['schedule_runs']>;

export interface NewScheduleRun {
  id: string;
  schedule_id: string;
  kind: ScheduleRunKind;
  due_at: Date;
  status: ScheduleRunStatus;
  target: Target;
  request_id: string;
  created_at: Date;
  started_at: Date | null;
  finished_at: Date | null;
  missed_count: number;
  flow_run_id: string | null;
  error: ScheduleRunError | null;
}

/** What a schedule has under way. */
export interface OpenRuns {
  isBusy: boolean;
  waiting: number;
}

export interface RunOutcome {
  id: string;
  /** Of which taking up this is the outcome: that of one which was taken up again since does not count. */
  attempt: number;
  status: 'succeeded' | 'failed';
  finished_at: Date;
  action_run_id: string | null;
  result: unknown;
  error: ScheduleRunError | null;
}

export interface EndedFlow {
  id: string;
  attempt: number;
  status: RunStatus;
  error: ScheduleRunError | null;
  finished_at: Date | null;
}

/** One row for each time a schedule was due. */
@Injectable()
export class ScheduleRunsRepository {
  constructor(private readonly db: Database) {}

  /** Returns the ids of those that were new: a due time has one run, whoever asks. */
  async insert(runs: readonly NewScheduleRun[], transaction: Transaction<Tables>): Promise<Set<string>> {
    if (runs.length === 0) return new Set();
    const { rows } = await sql<{ id: string }>`
      insert into clankerbot.schedule_runs (${sql.raw(COLUMNS)})
      select ${sql.raw(COLUMNS)} from json_to_recordset(${jsonText(runs)}::json) as run (${sql.raw(TYPES)})
      on conflict do nothing
      returning id`.execute(transaction);
    return new Set(rows.map((row) => row.id));
  }

  /** What those of the schedules have under way that have anything. */
  async open(
    scheduleIds: readonly string[],
    transaction: Transaction<Tables>,
  ): Promise<Map<string, OpenRuns>> {
    if (scheduleIds.length === 0) return new Map();
    const { rows } = await sql<{ schedule_id: string; waiting: number }>`
      select schedule_id, (count(*) filter (where status = 'waiting'))::int as waiting from clankerbot.schedule_runs
      where schedule_id = any(${[...scheduleIds]}::text[]) and status in ('waiting', 'queued', 'running')
      group by schedule_id`.execute(transaction);
    return new Map(rows.map(({ schedule_id, waiting }) => [schedule_id, { isBusy: true, waiting }]));
  }

  /** Takes up runs that are not over yet; one that is already running was begun by a worker that died. */
  async begin(ids: readonly string[], now: Date): Promise<ScheduleRunRow[]> {
    return this.db
      .updateTable('schedule_runs')
      .set((eb) => ({
        status: 'running',
        attempt: eb('attempt', '+', 1),
        started_at: eb.fn.coalesce('started_at', eb.val(now)),
      }))
      .where('id', 'in', (eb) =>
        eb.selectFrom('schedule_runs').select('id').where('id', 'in', ids).orderBy('id').forUpdate(),
      )
      .where('status', 'in', ['queued', 'running'])
      .returningAll()
      .execute();
  }

  async schedulesOf(runIds: readonly string[], transaction: Transaction<Tables>): Promise<string[]> {
    if (runIds.length === 0) return [];
    const rows = await transaction
      .selectFrom('schedule_runs')
      .select('schedule_id')
      .distinct()
      .where('id', 'in', runIds)
      .execute();
    return rows.map((row) => row.schedule_id);
  }

  /** Returns the schedules of those that were still running. The caller holds their locks. */
  async finish(outcomes: readonly RunOutcome[], transaction: Transaction<Tables>): Promise<string[]> {
    const { rows } = await sql<{ schedule_id: string }>`
      update clankerbot.schedule_runs run set
        status = o.status, finished_at = o.finished_at, action_run_id = o.action_run_id, result = o.result, error = o.error
      from json_to_recordset(${jsonText(outcomes)}::json)
        as o (id text, attempt integer, status text, finished_at timestamptz, action_run_id text, result jsonb, error jsonb)
      where run.id = o.id and run.attempt = o.attempt and run.status in ('queued', 'running')
      returning run.schedule_id`.execute(transaction);
    return [...new Set(rows.map((row) => row.schedule_id))];
  }

  /** For each of these schedules on which nothing runs, the oldest run that waits for its turn. */
  async nextInTurn(
    scheduleIds: readonly string[],
    transaction: Transaction<Tables>,
  ): Promise<ScheduleRunRow[]> {
    if (scheduleIds.length === 0) return [];
    const { rows } = await sql<ScheduleRunRow>`
      update clankerbot.schedule_runs set status = 'queued'
      where id in (
        select distinct on (schedule_id) id from clankerbot.schedule_runs waiting
        where schedule_id = any(${[...scheduleIds]}::text[]) and status = 'waiting'
          and not exists (
            select 1 from clankerbot.schedule_runs busy
            where busy.schedule_id = waiting.schedule_id and busy.status in ('queued', 'running')
          )
        order by schedule_id, id
      )
      returning *`.execute(transaction);
    return rows;
  }

  async setFlowRuns(
    runs: readonly { id: string; flow_run_id: string; started_at: Date }[],
    transaction: Transaction<Tables>,
  ): Promise<void> {
    if (runs.length === 0) return;
    await sql`
      update clankerbot.schedule_runs run set status = 'running', started_at = f.started_at, flow_run_id = f.flow_run_id
      from json_to_recordset(${jsonText(runs)}::json) as f (id text, flow_run_id text, started_at timestamptz)
      where run.id = f.id`.execute(transaction);
  }

  /** Runs that went on as flow runs, which have ended. */
  async endedFlows(limit: number): Promise<EndedFlow[]> {
    return this.db
      .selectFrom('schedule_runs as run')
      .innerJoin('flow_runs as flow', 'flow.id', 'run.flow_run_id')
      .select(['run.id', 'run.attempt', 'flow.status', 'flow.error', 'flow.finished_at'])
      .where('run.status', '=', 'running')
      .where('flow.finished_at', 'is not', null)
      .limit(limit)
      .execute();
  }

  /** Newest first. */
  async list(page: {
    reach: Reach;
    scheduleId: string;
    limit: number;
    beforeId?: string | undefined;
  }): Promise<ScheduleRunRow[]> {
    let query = this.db
      .selectFrom('schedule_runs')
      .selectAll()
      .where('schedule_id', '=', page.scheduleId)
      .orderBy('id', 'desc')
      .limit(page.limit);
    if (page.beforeId !== undefined) query = query.where('id', '<', page.beforeId);
    if (page.reach.anyBound !== undefined)
      query = query.where(seesTarget(page.reach, sql`schedule_runs.target`));
    return query.execute();
  }

  async find(id: string, transaction?: Transaction<Tables>): Promise<ScheduleRunRow | undefined> {
    return (transaction ?? this.db)
      .selectFrom('schedule_runs')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst();
  }

  async deleteFinished(before: Date, limit: number): Promise<number> {
    const result = await this.db
      .deleteFrom('schedule_runs')
      .where('id', 'in', (eb) =>
        eb
          .selectFrom('schedule_runs')
          .select('id')
          .where('finished_at', '<', before)
          .orderBy('finished_at')
          .limit(limit)
          .forUpdate()
          .skipLocked(),
      )
      .executeTakeFirst();
    return Number(result.numDeletedRows);
  }
}

const NEW: Readonly<Record<keyof NewScheduleRun, string>> = {
  id: 'text',
  schedule_id: 'text',
  kind: 'text',
  due_at: 'timestamptz',
  status: 'text',
  target: 'jsonb',
  request_id: 'text',
  created_at: 'timestamptz',
  started_at: 'timestamptz',
  finished_at: 'timestamptz',
  missed_count: 'integer',
  flow_run_id: 'text',
  error: 'jsonb',
};
const COLUMNS = Object.keys(NEW).join(', ');
const TYPES = Object.entries(NEW)
  .map(([name, type]) => `${name} ${type}`)
  .join(', ');
