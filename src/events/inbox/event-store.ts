import { Injectable } from '@nestjs/common';
import { Statements } from '../../storage/statements.js';
import { notStored } from './delivery-gatherer.js';
import { type EventRow, keyOfWorkspacesId } from './event-row.js';

export interface StoredRow {
  id: string;
  /** The first delivery of the same event; its own id where it is the first. */
  original: string;
}

interface KnownRow extends StoredRow {
  /** Its key is taken by an event of another workspace, and so nothing was stored. */
  isForeign: boolean;
}

/**
 * One statement, and so one transaction and one round trip: keys are taken (or say whose they are), every delivery is
 * stored, and the ones that are first of their kind are queued for dispatch. Keys are taken in order, so that two
 * processes with the same deliveries wait for each other instead of deadlocking. Who waited too long for a key has been
 * told that nothing is stored; asking for a setting that does not exist fails the statement, so that this is true.
 */
const STORE = `
  with input as (
    select nextval('clankerbot.event_seq') as seq, r.*
    from json_to_recordset($1::json) as r(
      id text, s text, t text, ti boolean, w text, u text, o text, ok text, p jsonb, n int, h jsonb, c jsonb, d text,
      r text, at timestamptz, k text, f text, ks integer, kw text, first boolean)
  ),
  keyed as (
    insert into clankerbot.event_keys as k (key, fingerprint, event_id, expires_at, workspace_id)
    select k, f, id, case when ks = 0 then 'infinity' else now() + make_interval(secs => ks) end, kw
    from input where first order by k
    on conflict (key) do update set
      event_id = case when k.fingerprint = excluded.fingerprint and k.expires_at > now()
        then k.event_id else excluded.event_id end,
      expires_at = case when k.fingerprint = excluded.fingerprint and k.expires_at > now()
        then k.expires_at else excluded.expires_at end,
      fingerprint = excluded.fingerprint
    returning key, event_id, workspace_id
  ),
  resolved as materialized (
    select i.*, keyed.event_id as original, 
      coalesce(keyed.workspace_id <> i.kw, false) as is_foreign
    from input i join keyed on keyed.key = i.k
  ),
  stored as (
    insert into clankerbot.events (id, seq, source, type, is_type_inferred, workspace_id, user_id, subject_id,
      subject_key, payload, headers, changes, delivery_id, request_id, received_at, repeat_of)
    select id, seq, s, t, ti, w, u, o, ok, p, h, c, d, r, at, nullif(original, id) from resolved where not is_foreign
  ),
  queued as (
    insert into clankerbot.event_dispatch (seq, event_id, subject_key, bytes)
    select seq, id, ok, n from resolved where original = id order by seq
  )
  select id, original, is_foreign as "isForeign" from resolved where original <> id
  union all
  select current_setting('clankerbot.stored_too_late'), null, null
  where clock_timestamp() - statement_timestamp() > make_interval(secs => $2::double precision / 1000)`;
const TOO_LATE = '42704';
const TOO_SLOW = 'The database does not answer in time';

/**
 * Stores gathered deliveries; the database names only the repeats among them. Promises to answer by the time given,
 * whatever the connection does.
 */
@Injectable()
export class EventStore {
  constructor(private readonly statements: Statements) {}

  async store(rows: readonly EventRow[], withinMs: number): Promise<StoredRow[]> {
    const untilMs = performance.now() + withinMs;
    const byId = new Map<string, StoredRow>();
    for (const round of roundsOf(rows)) {
      const known = await this.#storeRound(round, untilMs);
      for (const stored of [...known, ...(await this.#storeForeign(round, known, untilMs))])
        byId.set(stored.id, stored);
    }
    return rows.map(({ id }) => byId.get(id) ?? { id, original: id });
  }

  /** Two workspaces may use the same id: the later one's is kept under a key that names the workspace. */
  async #storeForeign(
    round: readonly EventRow[],
    known: readonly KnownRow[],
    untilMs: number,
  ): Promise<KnownRow[]> {
    const foreign = new Set(known.filter(({ isForeign }) => isForeign).map(({ id }) => id));
    if (foreign.size === 0) return [];
    const rows = round.filter(({ id }) => foreign.has(id));
    for (const row of rows) row.k = keyOfWorkspacesId({ source: row.s, workspaceId: row.w, id: row.d ?? '' });
    const again = new Map((await this.#storeRound(rows, untilMs)).map((stored) => [stored.id, stored]));
    return rows.map(({ id }) => again.get(id) ?? { id, original: id, isForeign: false });
  }

  /** A row that the database cannot take must not take the others with it. */
  async #storeRound(rows: readonly EventRow[], untilMs: number): Promise<KnownRow[]> {
    try {
      return await this.#storeTogether(rows, untilMs);
    } catch (error) {
      if (rows.length === 1 || !isDataError(error)) throw error;
      const half = Math.ceil(rows.length / 2);
      return [
        ...(await this.#storeRound(rows.slice(0, half), untilMs)),
        ...(await this.#storeRound(rows.slice(half), untilMs)),
      ];
    }
  }

  async #storeTogether(rows: readonly EventRow[], untilMs: number): Promise<KnownRow[]> {
    const timeout = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => timeout.reject(notStored(TOO_SLOW)),
      Math.max(untilMs - performance.now(), 0),
    );
    try {
      const records = recordsOf(rows);
      const leftMs = (): number => Math.max(untilMs - performance.now(), 0);
      const query = () => ({ name: 'store-events', text: STORE, values: [records, leftMs()] });
      return (await this.statements.queryUntil<KnownRow>(timeout.promise, query)).rows;
    } catch (error) {
      throw (error as { code?: unknown }).code === TOO_LATE ? notStored(TOO_SLOW, error) : error;
    } finally {
      clearTimeout(timer);
    }
  }
}

/**
 * Within one statement a key has one state. Where a thing changes and changes back inside one batch, each change goes
 * into a round of its own, so that the second is not taken for a repeat of the first.
 */
function roundsOf(rows: readonly EventRow[]): EventRow[][] {
  const states = new Map<string, { fingerprint: string; round: number }>();
  const rounds: EventRow[][] = [];
  for (const row of rows) {
    const state = states.get(row.k);
    const round = state === undefined ? 0 : state.fingerprint === row.f ? state.round : state.round + 1;
    states.set(row.k, { fingerprint: row.f, round });
    (rounds[round] ??= []).push(row);
  }
  return rounds;
}

function recordsOf(rows: readonly EventRow[]): string {
  const seen = new Set<string>();
  for (const row of rows) {
    row.first = !seen.has(row.k);
    seen.add(row.k);
  }
  return JSON.stringify(rows);
}

/** Class 22: a value that the type cannot hold; 54: one beyond a limit. */
function isDataError(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' && /^(22|54)/.test(code);
}
