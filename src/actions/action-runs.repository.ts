import { Injectable } from '@nestjs/common';
import { type RawBuilder, sql } from 'kysely';
import { newId } from '../clock/new-id.js';
import { Database } from '../storage/database.js';
import { Statements } from '../storage/statements.js';
import type { RunOutcome } from './action-runner.js';
import { LEASE_MS } from './run-lease.js';
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
  /** Doing it again does no harm, so that its key is free once it was cut off. */
  is_repeatable: boolean;
  created_id: string | null;
  is_searching: boolean;
  late_outcome: RunOutcome | null;
  late_result: string | null;
  late_error: string | null;
  late_at: Date | null;
  /** In which it happened, where its operation says so. */
  workspace_id: string | null;
}

const FORMER_PLACES = Array.from({ length: 20 }, (_, i) => i + 1);

/** Releases before migration 0070 named a caller by its key's place in API_KEYS; their rows are there for a day. */
function formerIdsOf(callerId: string): string[] {
  if (!callerId.startsWith('key:')) return [];
  return FORMER_PLACES.map((place) => `${callerId.slice('key:'.length)}#${place}`);
}

/** A running row whose owner has let the lease run out. */
export interface RunOut {
  id: string;
  /** To the microsecond, so that a renewal shows. */
  leaseUntil: string | null;
  isOthers: boolean;
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
  ['is_repeatable', 'boolean', 'isRepeatable'],
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
  ['created_id', 'text', 'createdId'],
  ['answer', 'text', 'answer'],
  ['key_expires_at', 'timestamptz', 'keyExpiresAt'],
  ['workspace_id', 'text', 'workspaceId'],
] as const satisfies readonly (readonly [string, string, keyof RunRecord])[];

const LEASE_INTERVAL = `interval '${LEASE_MS} milliseconds'`;
const LEASE = `now() + ${LEASE_INTERVAL}`;
/** A dead connection must be noticed in time to try another one. */
const RENEWAL_TIMEOUT_MS = 2_000;
const MOST_AT_ONCE = 1_000;
const NAMES = COLUMNS.map(([name]) => name).join(', ');
/** One array per column, which keeps the statement the same for any number of rows, so that it is planned once. */
const ROWS = `unnest(${COLUMNS.map(([, type], i) => `$${i + 1}::${type}[]`).join(', ')}) as r (${NAMES})`;
const OWNER = `$${COLUMNS.length + 1}`;

/** The owner's own, and not ended by anybody but this very statement, whose confirmation may have been lost. */
const IS_OURS = `action_runs.owner = excluded.owner
    and (action_runs.outcome = 'running' or action_runs.finished_at is not distinct from excluded.finished_at)`;

const SAVE = `
  insert into clankerbot.action_runs (${NAMES}, owner, lease_until)
  select r.*, ${OWNER}, case when r.outcome = 'running' then ${LEASE} end from ${ROWS}
  on conflict (id) do update set
    integration = excluded.integration, operation = excluded.operation, is_write = excluded.is_write,
    is_repeatable = excluded.is_repeatable, workspace_id = excluded.workspace_id,
    created_id = excluded.created_id, params = excluded.params, finished_at = excluded.finished_at, duration_ms = excluded.duration_ms,
    outcome = excluded.outcome, result = excluded.result, error = excluded.error, lease_until = null,
    answer = excluded.answer, key_expires_at = excluded.key_expires_at,
    -- A finished run gives its key back or keeps it; one that was taken from it meanwhile it does not get back.
    idempotency_key = case when excluded.idempotency_key is null then null else action_runs.idempotency_key end
  where ${IS_OURS}
  returning id`;

/** Where nobody was given another answer for the run, the truth takes the place of what was presumed. */
const KEEP_LATE = `
  update clankerbot.action_runs as a set
    created_id = r.created_id, late_outcome = r.outcome, late_result = r.result, late_error = r.error, late_at = now(),
    outcome = case when a.is_write and r.fingerprint is not null then a.outcome else r.outcome end,
    result = case when a.is_write and r.fingerprint is not null then a.result else r.result end,
    error = case when a.is_write and r.fingerprint is not null then a.error else r.error end
  from ${ROWS}
  where a.id = r.id and a.late_outcome is null`;

const CLAIM = `
  insert into clankerbot.action_runs (${NAMES}, owner, lease_until)
  select r.*, ${OWNER}, ${LEASE} from ${ROWS}
  where not exists (
    select 1 from clankerbot.action_runs o
    where o.caller_id = any($${COLUMNS.length + 2}::text[]) and o.idempotency_key = r.idempotency_key)
  on conflict (caller_id, idempotency_key) where idempotency_key is not null do nothing`;

const RENEW = `
  update clankerbot.action_runs set lease_until = ${LEASE}
  where id = any($1::text[]) and owner = $2 and outcome = 'running'
  returning id`;

/** The journal's rows. Leases are told by the database's clock, which all replicas share. */
@Injectable()
export class ActionRunsRepository {
  /** This process, in the rows that it owns. */
  readonly #owner = newId();

  get owner(): string {
    return this.#owner;
  }

  constructor(
    private readonly db: Database,
    private readonly statements: Statements,
  ) {}

  /**
   * Writes begun and finished runs in one statement, so in one commit. Returns the ids of those that others have ended
   * meanwhile; they stay as they are.
   */
  async save(runs: readonly RunRecord[], { afresh = false } = {}): Promise<string[]> {
    const query = { name: 'save-action-runs', text: SAVE, values: this.#valuesOf(runs) };
    const { rows } = await (afresh ? this.statements.afresh(query) : this.statements.query(query));
    if (rows.length === runs.length) return [];
    const saved = new Set((rows as { id: string }[]).map(({ id }) => id));
    return runs.flatMap(({ id }) => (saved.has(id) ? [] : [id]));
  }

  /** Inserts a begun run if nobody holds its key; answers whether it did. */
  async claim(run: RunRecord): Promise<boolean> {
    const values = [...this.#valuesOf([run]), formerIdsOf(run.callerId)];
    const query = { name: 'claim-action-run', text: CLAIM, values };
    return (await this.statements.query(query)).rowCount === 1;
  }

  /** Keeps what a run that others have ended came to after all. */
  async keepLate(run: RunRecord): Promise<void> {
    await this.statements.query(KEEP_LATE, this.#valuesOf([run]).slice(0, -1));
  }

  #valuesOf(runs: readonly RunRecord[]): unknown[] {
    return [...COLUMNS.map(([, , field]) => runs.map((run) => run[field])), this.#owner];
  }

  /** Says what a run that is still running is; answers false where it was ended by somebody else. */
  async describe(run: RunRecord): Promise<boolean> {
    const { id, integration, operation, isWrite, isRepeatable, params, workspaceId } = run;
    const { numAffectedRows } = await sql`
      update clankerbot.action_runs
      set integration = ${integration}, operation = ${operation}, is_write = ${isWrite},
        is_repeatable = ${isRepeatable}, workspace_id = ${workspaceId}, params = ${params}, lease_until = ${sql.raw(LEASE)}
      where id = ${id} and owner = ${this.#owner} and outcome = 'running'`.execute(this.db);
    return numAffectedRows === 1n;
  }

  async findHolder(callerId: string, key: string): Promise<KeyHolder | undefined> {
    const { rows } = await sql<KeyHolder>`
      select id, integration, operation, outcome, fingerprint, answer, key_expires_at as "keyExpiresAt",
        started_at as "startedAt", ${this.#hasRunOut()} as "hasRunOut", lease_until::text as "leaseUntil",
        owner <> ${this.#owner} as "isOthers",
        (extract(epoch from clock_timestamp() - finished_at) * 1000)::float8 as "endedAgoMs"
      from clankerbot.action_runs where caller_id = any(${[callerId, ...formerIdsOf(callerId)]}::text[]) and idempotency_key = ${key}
    `.execute(this.db);
    return rows[0];
  }

  /** Forgets runs that came to nothing before anything was called. */
  async remove(ids: readonly string[]): Promise<void> {
    await this.db.deleteFrom('action_runs').where('id', 'in', ids).execute();
  }

  /** Returns the ids of those that are still this process's. */
  async renewLeases(ids: readonly string[], { afresh = false } = {}): Promise<string[]> {
    const query = { text: RENEW, values: [ids, this.#owner], ...this.#inTime };
    const { rows } = await (afresh ? this.statements.afresh(query) : this.statements.query(query));
    return (rows as { id: string }[]).map(({ id }) => id);
  }

  /** Running rows whose owner let the lease run out. */
  async findRunOut(): Promise<RunOut[]> {
    const { rows } = await sql<RunOut>`
      select id, lease_until::text as "leaseUntil", owner <> ${this.#owner} as "isOthers"
      from clankerbot.action_runs where ${this.#hasRunOut()} limit ${MOST_AT_ONCE}`.execute(this.db);
    return rows;
  }

  /**
   * Ends runs whose owner let the lease run out, and takes the rows from it. A write's effect is unknown, and its key
   * keeps saying so; a read had none and a repeatable write may be done again, so their keys are free.
   */
  async settle(
    ids: readonly string[],
    { keyExpiresAt, error }: { keyExpiresAt: Date; error: string },
  ): Promise<string[]> {
    const keepsKey = sql`(is_write and not is_repeatable)`;
    const { rows } = await sql<{ id: string }>`
      update clankerbot.action_runs set
        outcome = case when is_write then 'unknown' else 'failed' end,
        owner = ${this.#owner}, finished_at = clock_timestamp(), lease_until = null, error = ${error},
        answer = case when ${keepsKey} and idempotency_key is not null then ${JSON.stringify({ error: JSON.parse(error) })} end,
        key_expires_at = case when ${keepsKey} and idempotency_key is not null then ${keyExpiresAt}::timestamptz end,
        idempotency_key = case when ${keepsKey} then idempotency_key end
      where id = any(${ids}::text[]) and ${this.#hasRunOut()}
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

  /** The embedded database has one connection, which is never dead, only busy. */
  get #inTime(): { query_timeout?: number } {
    return this.isShared ? { query_timeout: RENEWAL_TIMEOUT_MS } : {};
  }

  /** The embedded database serves one process, so whatever another one left running there is over. */
  get isShared(): boolean {
    return this.statements.isShared;
  }

  /** A server that has just started let nobody renew before, so that leases count anew from then on. */
  #hasRunOut(): RawBuilder<boolean> {
    const isOver = this.isShared
      ? sql`lease_until < now() and now() > pg_postmaster_start_time() + ${sql.raw(LEASE_INTERVAL)}`
      : sql`lease_until < now() or owner <> ${this.#owner}`;
    return sql`(outcome = 'running' and (${isOver}))`;
  }
}
