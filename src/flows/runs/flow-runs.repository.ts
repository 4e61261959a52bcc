import { Injectable } from '@nestjs/common';
import { type Kysely, type RawBuilder, type Selectable, sql, type Transaction } from 'kysely';
import type { Reach } from '../../access/reach.js';
import { SharedClock } from '../../clock/shared-clock.js';
import { Database, type Tables } from '../../storage/database.js';
import { seesRun } from './flow-scope.js';
import '../flows.tables.js';
import type { RunError, RunInput, RunOrigin } from '../flows.tables.js';
import { jsonText } from '../../storage/json-text.js';
import { isEqual } from '../expressions/value-order.js';

export type RunRow = Selectable<Tables['flow_runs']>;
export type StepRow = Selectable<Tables['flow_steps']>;
export type CalledRun = Pick<RunRow, 'id' | 'trigger_key' | 'status' | 'result' | 'error'>;

/** A run that is to be. Its trigger key makes it one: a second run of the flow with the same key is not made. */
export interface NewRun {
  id: string;
  flow_id: string;
  flow_version: number;
  trigger_key: string;
  origin: RunOrigin;
  event_id: string | null;
  replay_of: string | null;
  parent_run_id: string | null;
  parent_path: string | null;
  workspace_id: string | null;
  subject_id: string | null;
  input: RunInput;
  max_concurrency: number;
  call_depth: number;
  chain: string[];
  created_at: Date;
  request_id: string;
  created_by: string;
  /** Why it is over before it began; null for a run that is to be worked on. */
  error: RunError | null;
}

export interface RunFilter {
  /** Of whoever asks. */
  reach: Reach;
  flowId?: string | undefined;
  status?: RunRow['status'] | undefined;
  eventId?: string | undefined;
  beforeId?: string | undefined;
  limit: number;
}

/** What a flow sees of a subject now, and what it saw of it before. */
interface Sighting {
  flowId: string;
  key: string;
  previous: Record<string, unknown> | undefined;
  fields: Record<string, unknown>;
  at: Date;
}

/** What FLOW_MAX_RUN_SECONDS can be at most. */
const LONGEST_RUN_MS = 604_800_000;

/** The runs as the API sees them: made, looked at, asked to stop, sent round again. */
@Injectable()
export class FlowRunsRepository {
  constructor(
    private readonly db: Database,
    private readonly clock: SharedClock,
  ) {}

  /** Returns the ids of those that were new. They may begin at once, whatever the clock of who made them says. */
  async insert(runs: readonly NewRun[], transaction?: Transaction<Tables>): Promise<string[]> {
    if (runs.length === 0) return [];
    const { rows } = await sql<{ id: string }>`
      insert into clankerbot.flow_runs (${sql.raw(NEW_RUN_COLUMNS)}, status, ready_at, finished_at)
      select ${sql.raw(NEW_RUN_COLUMNS)}, case when error is null then 'queued' else 'failed' end,
        ${this.clock.now()}::timestamptz, case when error is not null then created_at end
      from json_to_recordset(${jsonText(runs)}::json) as run (${sql.raw(NEW_RUN_TYPES)})
      on conflict (flow_id, trigger_key) do nothing
      returning id`.execute(transaction ?? this.db);
    return rows.map((row) => row.id);
  }

  async find(id: string, transaction?: Transaction<Tables>): Promise<RunRow | undefined> {
    return (transaction ?? this.db)
      .selectFrom('flow_runs')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst();
  }

  /** As far as the caller gets to see it. */
  async findWithin(id: string, reach: Reach): Promise<RunRow | undefined> {
    let query = this.db.selectFrom('flow_runs').selectAll().where('id', '=', id);
    if (reach.anyBound !== undefined) query = query.where(seesRun(reach));
    return query.executeTakeFirst();
  }

  async findByKey(
    flowId: string,
    triggerKey: string,
    transaction: Transaction<Tables>,
  ): Promise<RunRow | undefined> {
    return transaction
      .selectFrom('flow_runs')
      .selectAll()
      .where('flow_id', '=', flowId)
      .where('trigger_key', '=', triggerKey)
      .executeTakeFirst();
  }

  /** The runs that this step of the run has called, oldest first: one for each time it was tried. */
  async calledBy(parentId: string, path: string): Promise<CalledRun[]> {
    return this.db
      .selectFrom('flow_runs')
      .select(['id', 'trigger_key', 'status', 'result', 'error'])
      .where('parent_run_id', '=', parentId)
      .where('parent_path', '=', path)
      .orderBy('id')
      .execute();
  }

  /** When an event started its first run; null where it started none, or none that is still kept. */
  async firstStartedBy(eventId: string): Promise<Date | null> {
    const row = await this.db
      .selectFrom('flow_runs')
      .select((eb) => eb.fn.min('created_at').as('at'))
      .where('event_id', '=', eventId)
      .executeTakeFirst();
    return row?.at ?? null;
  }

  /** Newest first, without what went in and came out. */
  async list(filter: RunFilter): Promise<Omit<RunRow, 'input' | 'result'>[]> {
    let query = this.db.selectFrom('flow_runs').select(LISTED).orderBy('id', 'desc').limit(filter.limit);
    if (filter.reach.anyBound !== undefined) query = query.where(seesRun(filter.reach));
    if (filter.flowId !== undefined) query = query.where('flow_id', '=', filter.flowId);
    if (filter.status !== undefined) query = query.where('status', '=', filter.status);
    if (filter.eventId !== undefined) query = query.where('event_id', '=', filter.eventId);
    if (filter.beforeId !== undefined) query = query.where('id', '<', filter.beforeId);
    return query.execute();
  }

  async steps(runId: string): Promise<StepRow[]> {
    return this.db
      .selectFrom('flow_steps')
      .selectAll()
      .where('run_id', '=', runId)
      .orderBy('position')
      .orderBy('path')
      .execute();
  }

  async kindOfStep(runId: string, path: string): Promise<StepRow['kind'] | undefined> {
    const row = await this.db
      .selectFrom('flow_steps')
      .select('kind')
      .where('run_id', '=', runId)
      .where('path', '=', path)
      .executeTakeFirst();
    return row?.kind;
  }

  /** What nobody works on ends here; whoever works on the run sees the wish before its next step. */
  async cancel(id: string, now: Date): Promise<void> {
    await sql`
      with recursive family as (
        select id from clankerbot.flow_runs where id = ${id}
        union
        select child.id from clankerbot.flow_runs child join family on child.parent_run_id = family.id
      ), ended as (
        update clankerbot.flow_runs run set
          is_cancel_requested = true,
          status = case when status = 'running' then status else 'cancelled' end,
          finished_at = case when status = 'running' then null else ${now}::timestamptz end
        from family
        where run.id = family.id and run.status in ('queued', 'waiting', 'running')
        returning run.id, run.parent_run_id
      )
      update clankerbot.flow_runs caller set ${wake(now)}
      from ended
      where ended.id = ${id} and caller.id = ended.parent_run_id and caller.finished_at is null`.execute(
      this.db,
    );
  }

  /** Sends a failed run round again from the step that failed; answers false where it has not failed. */
  async retry(id: string, failedPath: string | undefined, now: Date): Promise<boolean> {
    return this.db.transaction().execute(async (transaction) => {
      const result = await transaction
        .updateTable('flow_runs')
        .set({
          status: 'queued',
          ready_at: now,
          error: null,
          result: null,
          finished_at: null,
          // The release before this one would count from the first start if it found none.
          deadline_at: new Date(now.getTime() + LONGEST_RUN_MS),
          worked_ms: 0,
          rescues: 0,
          is_cancel_requested: false,
        })
        .where('id', '=', id)
        .where('status', 'in', ['failed', 'cancelled', 'blocked'])
        .executeTakeFirst();
      if (result.numUpdatedRows === 0n) return false;
      if (failedPath !== undefined) await resetStep(transaction, { runId: id, path: failedPath, now });
      return true;
    });
  }

  /**
   * Finished runs before this time, with their journals, a batch at a time; answers how many. They are locked from the look
   * on: one that somebody has sent round again meanwhile waits to run, and is finished no more.
   */
  async deleteFinished(before: Date, limit: number): Promise<number> {
    return this.db.transaction().execute(async (transaction) => {
      const runs = await transaction
        .selectFrom('flow_runs')
        .select('id')
        .where('finished_at', '<', before)
        .orderBy('finished_at')
        .limit(limit)
        .forUpdate()
        .skipLocked()
        .execute();
      const ids = runs.map((run) => run.id);
      if (ids.length === 0) return 0;
      await transaction.deleteFrom('flow_steps').where('run_id', 'in', ids).execute();
      await transaction.deleteFrom('flow_runs').where('id', 'in', ids).execute();
      return ids.length;
    });
  }

  async deleteEffects(before: Date): Promise<void> {
    await this.db.deleteFrom('flow_effects').where('created_at', '<', before).execute();
  }

  async deleteSubjects(before: Date): Promise<void> {
    await this.db.deleteFrom('flow_subjects').where('seen_at', '<', before).execute();
  }

  /** What the flow saw last of the subject. */
  async lastSeen(
    subject: { flowId: string; key: string },
    executor: Kysely<Tables> = this.db,
  ): Promise<Record<string, unknown> | undefined> {
    let query = executor
      .selectFrom('flow_subjects')
      .select('fields')
      .where('flow_id', '=', subject.flowId)
      .where('subject_key', '=', subject.key);
    if (executor.isTransaction) query = query.forUpdate();
    return (await query.executeTakeFirst())?.fields;
  }

  /**
   * Remembers what was seen of a subject, with the runs that come of it; answers the ids of those that are new. Nothing
   * where somebody has seen the subject since `previous` was read: then the runs follow from what is no longer so.
   */
  async see(
    { flowId, key, previous, fields, at }: Sighting,
    runs: readonly NewRun[],
  ): Promise<string[] | undefined> {
    return this.db.transaction().execute(async (transaction) => {
      const now = await this.lastSeen({ flowId, key }, transaction);
      if (!isEqual(now ?? null, previous ?? null)) return undefined;
      const made = await this.insert(runs, transaction);
      await remember({ flowId, key, fields, at }, transaction);
      return made;
    });
  }
}

async function remember(
  subject: { flowId: string; key: string; fields: Record<string, unknown>; at: Date },
  transaction: Transaction<Tables>,
): Promise<void> {
  const [fields, seen_at] = [jsonText(subject.fields), subject.at];
  await transaction
    .insertInto('flow_subjects')
    .values({ flow_id: subject.flowId, subject_key: subject.key, fields, seen_at })
    .onConflict((conflict) => conflict.columns(['flow_id', 'subject_key']).doUpdateSet({ fields, seen_at }))
    .execute();
}

/** What sends a caller on. To one that is being worked on, and may have looked too early, it says so after its claim. */
export function wake(now: Date): RawBuilder<unknown> {
  return sql`ready_at = greatest(${now}::timestamptz, worked_since + interval '1 millisecond')`;
}

/** A new try with a key of its own: somebody has looked at the failure and wants it done again. */
async function resetStep(
  transaction: Transaction<Tables>,
  step: { runId: string; path: string; now: Date },
): Promise<void> {
  await transaction
    .updateTable('flow_steps')
    .set((eb) => ({
      status: 'retrying',
      attempts_before: eb.ref('attempt'),
      input: null,
      wake_at: step.now,
      finished_at: null,
    }))
    .where('run_id', '=', step.runId)
    .where('path', '=', step.path)
    .where('status', '=', 'failed')
    .execute();
}

const NEW_RUN: Readonly<Record<keyof NewRun, string>> = {
  id: 'text',
  flow_id: 'text',
  flow_version: 'integer',
  trigger_key: 'text',
  origin: 'text',
  event_id: 'text',
  replay_of: 'text',
  parent_run_id: 'text',
  parent_path: 'text',
  workspace_id: 'text',
  subject_id: 'text',
  input: 'jsonb',
  max_concurrency: 'integer',
  call_depth: 'integer',
  chain: 'text[]',
  created_at: 'timestamptz',
  request_id: 'text',
  created_by: 'text',
  error: 'jsonb',
};

export const NEW_RUN_COLUMNS = Object.keys(NEW_RUN).join(', ');
export const NEW_RUN_TYPES = Object.entries(NEW_RUN)
  .map(([name, type]) => `${name} ${type}`)
  .join(', ');

const LISTED = [
  'id',
  'flow_id',
  'flow_version',
  'trigger_key',
  'origin',
  'event_id',
  'replay_of',
  'parent_run_id',
  'parent_path',
  'workspace_id',
  'subject_id',
  'status',
  'ready_at',
  'max_concurrency',
  'lease_owner',
  'lease_until',
  'claims',
  'rescues',
  'call_depth',
  'chain',
  'step_count',
  'is_cancel_requested',
  'worked_ms',
  'worked_since',
  'deadline_at',
  'created_at',
  'started_at',
  'finished_at',
  'error',
  'request_id',
  'created_by',
] as const;
