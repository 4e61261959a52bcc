import { Inject, Injectable } from '@nestjs/common';
import { type RawBuilder, sql } from 'kysely';
import { newId } from '../clock/new-id.js';
import { Database } from '../storage/database.js';
import { DATABASE_ENGINE, type DatabaseEngine } from '../storage/database-engine.js';
import type { KeyHolder, RunRecord } from './run-record.js';

export interface ActionRunsTable {
  id: string;
  integration: string | null;
  operation: string | null;
  is_write: boolean;
  caller_id: string;
  caller_name: string;
  request_id: string;
  priority: string;
  owner: string;
  lease_until: Date | null;
  started_at: Date;
  finished_at: Date | null;
  duration_ms: number | null;
  outcome: RunRecord['outcome'];
  params: string;
  result: string | null;
  error: string | null;
  idempotency_key: string | null;
  fingerprint: string | null;
  answer: string | null;
  key_expires_at: Date | null;
}

declare module '../storage/database.js' {
  interface Tables {
    action_runs: ActionRunsTable;
  }
}

/** Column, type and field of what a process writes about its own runs, in one order for insert and values. */
const COLUMNS = [
  ['id', 'text', 'id'],
  ['integration', 'text', 'integration'],
  ['operation', 'text', 'operation'],
  ['is_write', 'boolean', 'isWrite'],
  ['caller_id', 'text', 'callerId'],
  ['caller_name', 'text', 'callerName'],
  ['request_id', 'text', 'requestId'],
  ['priority', 'text', 'priority'],
  ['started_at', 'timestamptz', 'startedAt'],
  ['finished_at', 'timestamptz', 'finishedAt'],
  ['duration_ms', 'double precision', 'durationMs'],
  ['outcome', 'text', 'outcome'],
  ['params', 'text', 'params'],
  ['result', 'text', 'result'],
  ['error', 'text', 'error'],
  ['idempotency_key', 'text', 'idempotencyKey'],
  ['fingerprint', 'text', 'fingerprint'],
  ['answer', 'text', 'answer'],
  ['key_expires_at', 'timestamptz', 'keyExpiresAt'],
] as const satisfies readonly (readonly [string, string, keyof RunRecord])[];

/** Long enough to miss two renewals; short enough that nobody waits long for a dead process. */
const LEASE = "now() + interval '15 seconds'";
const NAMES = COLUMNS.map(([name]) => name).join(', ');
/** One array per column, which keeps the statement the same for any number of rows, so that it is planned once. */
const ROWS = `unnest(${COLUMNS.map(([, type], i) => `$${i + 1}::${type}[]`).join(', ')}) as r (${NAMES})`;
const OWNER = `$${COLUMNS.length + 1}`;

const SAVE = `
  insert into clankerbot.action_runs (${NAMES}, owner, lease_until)
  select r.*, ${OWNER}, case when r.outcome = 'running' then ${LEASE} end from ${ROWS}
  on conflict (id) do update set
    integration = excluded.integration, operation = excluded.operation, is_write = excluded.is_write,
    params = excluded.params, finished_at = excluded.finished_at, duration_ms = excluded.duration_ms,
    outcome = excluded.outcome, result = excluded.result, error = excluded.error, lease_until = null,
    answer = excluded.answer, key_expires_at = excluded.key_expires_at,
    -- A finished run gives its key back or keeps it; one that was taken from it meanwhile it does not get back.
    idempotency_key = case when excluded.idempotency_key is null then null else action_runs.idempotency_key end`;

const CLAIM = `
  insert into clankerbot.action_runs (${NAMES}, owner, lease_until)
  select r.*, ${OWNER}, ${LEASE} from ${ROWS}
  on conflict (caller_id, idempotency_key) where idempotency_key is not null do nothing`;

/** The journal's rows. Leases are told by the database's clock, which all replicas share. */
@Injectable()
export class ActionRunsRepository {
  /** This process, in the rows that it owns. */
  readonly #owner = newId();

  constructor(
    private readonly db: Database,
    @Inject(DATABASE_ENGINE) private readonly engine: DatabaseEngine,
  ) {}

  /** Writes begun and finished runs in one statement, so in one commit. */
  async save(runs: readonly RunRecord[]): Promise<void> {
    await this.#write('save-action-runs', SAVE, runs);
  }

  /** Inserts a begun run if nobody holds its key; answers whether it did. */
  async claim(run: RunRecord): Promise<boolean> {
    return (await this.#write('claim-action-run', CLAIM, [run])) === 1;
  }

  async #write(name: string, text: string, runs: readonly RunRecord[]): Promise<number> {
    const values = [...COLUMNS.map(([, , field]) => runs.map((run) => run[field])), this.#owner];
    const { rowCount } = await this.engine.pool.query({ name, text, values });
    return rowCount ?? 0;
  }

  /** Says what a run that is still running is; answers false where it was ended by somebody else. */
  async describe({ id, integration, operation, isWrite, params }: RunRecord): Promise<boolean> {
    const { numAffectedRows } = await sql`
      update clankerbot.action_runs
      set integration = ${integration}, operation = ${operation}, is_write = ${isWrite}, params = ${params},
        lease_until = ${sql.raw(LEASE)}
      where id = ${id} and outcome = 'running'`.execute(this.db);
    return numAffectedRows === 1n;
  }

  async findHolder(callerId: string, key: string): Promise<KeyHolder | undefined> {
    const { rows } = await sql<KeyHolder>`
      select id, integration, operation, outcome, fingerprint, answer, key_expires_at as "keyExpiresAt",
        ${this.#isOrphan()} as "isOrphan"
      from clankerbot.action_runs where caller_id = ${callerId} and idempotency_key = ${key}
    `.execute(this.db);
    return rows[0];
  }

  /** Forgets runs that came to nothing before anything was called. */
  async remove(ids: readonly string[]): Promise<void> {
    await this.db.deleteFrom('action_runs').where('id', 'in', ids).execute();
  }

  async renewLeases(ids: readonly string[]): Promise<void> {
    await sql`
      update clankerbot.action_runs set lease_until = ${sql.raw(LEASE)}
      where id = any(${ids}::text[]) and outcome = 'running'`.execute(this.db);
  }

  /**
   * Ends the runs of processes that are gone. A write's effect is unknown, and its key keeps saying so; a read had
   * none, so its key is free again.
   */
  async settleOrphans({
    now,
    keyExpiresAt,
    error,
  }: {
    now: Date;
    keyExpiresAt: Date;
    error: string;
  }): Promise<string[]> {
    const { rows } = await sql<{ id: string }>`
      update clankerbot.action_runs set
        outcome = case when is_write then 'unknown' else 'failed' end,
        finished_at = ${now}, lease_until = null, error = ${error},
        answer = case when is_write and idempotency_key is not null then ${JSON.stringify({ error: JSON.parse(error) })} end,
        key_expires_at = case when is_write and idempotency_key is not null then ${keyExpiresAt}::timestamptz end,
        idempotency_key = case when is_write then idempotency_key end
      where ${this.#isOrphan()}
      returning id`.execute(this.db);
    return rows.map((row) => row.id);
  }

  /** Gives back keys whose time is over, with the answers kept for them; one of a caller, or all. */
  async releaseKeys(now: Date, id?: string): Promise<void> {
    await this.db
      .updateTable('action_runs')
      .set({ idempotency_key: null, answer: null, key_expires_at: null })
      .where('key_expires_at', '<=', now)
      .$if(id !== undefined, (query) => query.where('id', '=', id ?? ''))
      .execute();
  }

  /** Deletes up to `limit` ended runs older than an id; answers how many. */
  async removeBefore(id: string, limit: number): Promise<number> {
    const { numAffectedRows } = await sql`
      delete from clankerbot.action_runs where id in (
        select id from clankerbot.action_runs where id < ${id} and outcome <> 'running' order by id limit ${limit}
      )`.execute(this.db);
    return Number(numAffectedRows ?? 0);
  }

  /** The embedded database serves one process, so whatever another one left running there is over. */
  #isOrphan(): RawBuilder<boolean> {
    const isOthers = this.engine.kind === 'pglite' ? sql`owner <> ${this.#owner}` : sql`false`;
    return sql`(outcome = 'running' and (lease_until < now() or ${isOthers}))`;
  }
}
