import { type RawBuilder, sql } from 'kysely';

/** Which claim of a run somebody acts under: each has a number of its own, so that what an earlier holder says does not count. */
export interface Claim {
  runId: string;
  number: number;
}

/** The claims as a table beside `run`. */
export function claimed(claims: readonly Claim[]): RawBuilder<unknown> {
  return sql`unnest(${claims.map(({ runId }) => runId)}::text[], ${claims.map(({ number }) => number)}::integer[])
    as mine (id, claims)`;
}

export function isOwn(owner: string): RawBuilder<boolean> {
  return sql`(run.id = mine.id and run.claims = mine.claims and run.status = 'running' and run.lease_owner = ${owner})`;
}

export function isHeld(owner: string, held: readonly Claim[]): RawBuilder<boolean> {
  return sql`(lease_owner = ${owner} and id = any(${held.map(({ runId }) => runId)}::text[]))`;
}

/** Where no stretch of work was begun, as by the release before this one, nothing is added: `greatest` skips null. */
export function workedMsUntil(at: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`worked_ms + greatest(0, extract(epoch from ${at} - worked_since) * 1000)`;
}

/** Ends a stretch of work. */
export function workedUntil(at: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`worked_since = null, worked_ms = ${workedMsUntil(at)}`;
}
