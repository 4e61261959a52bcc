import { Injectable } from '@nestjs/common';
import { type Selectable, sql, type Transaction } from 'kysely';
import { Database, type Tables } from '../../storage/database.js';
import { jsonText } from '../../storage/json-text.js';
import type { CataloguePlace } from '../entities/catalogue.tables.js';
import type { RunKind } from './bootstrap-plan.js';
import type {
  CatalogueOperationsTable,
  CatalogueRunsTable,
  OperationStatus,
  RunStatus,
  StoredError,
} from './bootstrap.tables.js';

export type RunRow = Selectable<CatalogueRunsTable>;
export type OperationRow = Selectable<CatalogueOperationsTable>;

export interface NewRun extends CataloguePlace {
  id: string;
  kind: RunKind;
  requestedBy: string;
  since: Date;
  operations: readonly string[];
  now: Date;
}

export interface OperationNews {
  status?: OperationStatus;
  cursor?: number | null;
  lastPage?: string;
  entities?: number;
  attempts?: number;
  error?: StoredError | null;
  finishedAt?: Date;
}

/** The process that had the run has it no longer: it was cancelled, or another took it over. */
export class RunTakenError extends Error {}

/** Runs that fill catalogues, with how far each of their operations has come. */
@Injectable()
export class BootstrapRunsRepository {
  constructor(private readonly db: Database) {}

  /** Undefined where the place has a run that is not over. */
  async insert(transaction: Transaction<Tables>, run: NewRun): Promise<RunRow | undefined> {
    const row = await transaction
      .insertInto('catalogue_runs')
      .values({
        id: run.id,
        account: run.account,
        workspace_id: run.workspaceId,
        kind: run.kind,
        status: 'waiting',
        requested_by: run.requestedBy,
        since: run.since,
        claims: 0,
        requests: 0,
        wake_at: null,
        last_error: null,
        created_at: run.now,
        started_at: null,
        finished_at: null,
      })
      .onConflict((conflict) =>
        conflict.columns(['account', 'workspace_id']).where('finished_at', 'is', null).doNothing(),
      )
      .returningAll()
      .executeTakeFirst();
    if (!row) return undefined;
    await transaction
      .insertInto('catalogue_operations')
      .values(run.operations.map(operationRow(run)))
      .execute();
    return row;
  }

  /** Takes the run from whoever had it. Undefined where it is over. */
  claim(id: string, now: Date): Promise<RunRow | undefined> {
    return this.db
      .updateTable('catalogue_runs')
      .set((eb) => ({
        claims: eb('claims', '+', 1),
        status: 'running',
        started_at: eb.fn.coalesce('started_at', eb.val(now)),
        wake_at: null,
      }))
      .where('id', '=', id)
      .where('finished_at', 'is', null)
      .returningAll()
      .executeTakeFirst();
  }

  /** Locks the run for the transaction, or throws where this claim is not the last one any more. */
  async demand(transaction: Transaction<Tables>, { id, claims }: RunRow): Promise<void> {
    const row = await transaction
      .selectFrom('catalogue_runs')
      .select('id')
      .where('id', '=', id)
      .where('claims', '=', claims)
      .where('finished_at', 'is', null)
      .forUpdate()
      .executeTakeFirst();
    if (!row) throw new RunTakenError('The run is in other hands, or over');
  }

  nextOperation(runId: string): Promise<OperationRow | undefined> {
    return this.db
      .selectFrom('catalogue_operations')
      .selectAll()
      .where('run_id', '=', runId)
      .where('status', '=', 'waiting')
      .orderBy('position')
      .limit(1)
      .executeTakeFirst();
  }

  /** After one more request. */
  async noteRequest(
    transaction: Transaction<Tables>,
    run: RunRow,
    { position, news }: { position: number; news: OperationNews },
  ): Promise<void> {
    const { lastPage, finishedAt, error, entities = 0, ...rest } = news;
    await transaction
      .updateTable('catalogue_operations')
      .set((eb) => ({
        requests: eb('requests', '+', 1),
        entities: eb('entities', '+', entities),
        ...rest,
        ...(lastPage === undefined ? {} : { last_page: lastPage }),
        ...(finishedAt === undefined ? {} : { finished_at: finishedAt }),
        ...(error === undefined ? {} : { error: error === null ? null : jsonText(error) }),
      }))
      .where('run_id', '=', run.id)
      .where('position', '=', position)
      .execute();
    await transaction
      .updateTable('catalogue_runs')
      .set((eb) => ({
        requests: eb('requests', '+', 1),
        ...(error ? { last_error: jsonText(error) } : {}),
      }))
      .where('id', '=', run.id)
      .execute();
  }

  /** It goes on later. */
  async sleep(
    transaction: Transaction<Tables>,
    { id }: RunRow,
    { wakeAt, error }: { wakeAt: Date; error: StoredError | null },
  ): Promise<void> {
    await transaction
      .updateTable('catalogue_runs')
      .set({ wake_at: wakeAt, ...(error ? { last_error: jsonText(error) } : {}) })
      .where('id', '=', id)
      .execute();
  }

  async finish(
    transaction: Transaction<Tables>,
    { id }: RunRow,
    { status, now, error }: { status: RunStatus; now: Date; error?: StoredError },
  ): Promise<void> {
    await transaction
      .updateTable('catalogue_runs')
      .set({
        status,
        finished_at: now,
        wake_at: null,
        ...(error ? { last_error: jsonText(error) } : {}),
      })
      .where('id', '=', id)
      .execute();
  }

  /** The run that was cancelled, where there was one. */
  cancel({ account, workspaceId }: CataloguePlace, now: Date): Promise<RunRow | undefined> {
    return this.db
      .updateTable('catalogue_runs')
      .set({ status: 'cancelled', finished_at: now, wake_at: null })
      .where('account', '=', account)
      .where('workspace_id', '=', workspaceId)
      .where('finished_at', 'is', null)
      .returningAll()
      .executeTakeFirst();
  }

  latest({ account, workspaceId }: CataloguePlace): Promise<RunRow | undefined> {
    return this.db
      .selectFrom('catalogue_runs')
      .selectAll()
      .where('account', '=', account)
      .where('workspace_id', '=', workspaceId)
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirst();
  }

  operations(runId: string): Promise<OperationRow[]> {
    return this.db
      .selectFrom('catalogue_operations')
      .selectAll()
      .where('run_id', '=', runId)
      .orderBy('position')
      .execute();
  }

  /** Runs that are over; returns how many there were. */
  async removeBefore(time: Date, batch: number): Promise<number> {
    const { rows } = await sql`
      delete from clankerbot.catalogue_runs where id in (
        select id from clankerbot.catalogue_runs where finished_at < ${time} order by finished_at limit ${batch}
      ) returning id`.execute(this.db);
    return rows.length;
  }
}

function operationRow({ id, workspaceId }: NewRun) {
  return (operation: string, position: number) => ({
    run_id: id,
    workspace_id: workspaceId,
    position,
    operation,
    status: 'waiting' as const,
    cursor: null,
    last_page: null,
    requests: 0,
    entities: 0,
    attempts: 0,
    error: null,
    finished_at: null,
  });
}
