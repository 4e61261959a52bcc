import { Injectable } from '@nestjs/common';
import { type RawBuilder, sql } from 'kysely';
import { newId } from '../clock/new-id.js';
import { Database } from '../storage/database.js';
import { LEASE_SECONDS } from './queue-policy.js';

/** Which claim of a job somebody acts under: each has a number of its own, so that what an earlier holder says does not count. */
export interface Claim {
  id: string;
  claims: number;
}

export interface ClaimedJob extends Claim {
  data: object;
  /** Tries that were begun, this one included. */
  attempts: number;
}

export interface Claimed {
  jobs: ClaimedJob[];
  /** In how many milliseconds the next job that waits may run; undefined where none waits. */
  nextInMs: number | undefined;
}

export interface Failure {
  error: object;
  retryLimit: number;
  delaySeconds: number;
}

export const LEASE = sql.raw(`interval '${LEASE_SECONDS} seconds'`);
/** What a job is set to that goes back into its line. */
export const BACK_IN_LINE = sql.raw('worker = null, lease_until = null, is_deferred = false');

/** Jobs as their workers see them: claimed under a lease, kept alive, and settled by whoever has the last claim. */
@Injectable()
export class JobsRepository {
  /** Who this process is to the others. */
  readonly worker = newId();

  constructor(private readonly db: Database) {}

  /** Takes the first in line, as many as there is room for. */
  async claim(queue: string, room: number): Promise<Claimed> {
    const { rows } = await sql<{ [K in keyof ClaimedJob]: ClaimedJob[K] | null } & { in_ms: number | null }>`
      with first as materialized (
        select id from clankerbot.jobs
        where queue = ${queue} and state = 'waiting' and start_after <= now()
        order by priority desc, start_after limit ${room} for update skip locked
      ), claimed as (
        update clankerbot.jobs job set state = 'active', attempts = job.attempts + 1, claims = job.claims + 1,
          worker = ${this.worker}, lease_until = now() + ${LEASE}
        from first where job.id = first.id
        returning job.id, job.data, job.attempts, job.claims, job.priority
      )
      select claimed.id, claimed.data, claimed.attempts, claimed.claims, due.in_ms
      from (
        select (extract(epoch from min(start_after) - clock_timestamp()) * 1000)::float8 as in_ms
        from clankerbot.jobs where queue = ${queue} and state = 'waiting' and start_after > now()
      ) due left join claimed on true
      order by claimed.priority desc`.execute(this.db);
    const jobs = rows.flatMap(({ id, data, attempts, claims }) =>
      id === null || data === null || attempts === null || claims === null
        ? []
        : [{ id, data, attempts, claims }],
    );
    return { jobs, nextInMs: rows[0]?.in_ms ?? undefined };
  }

  /** Returns those that are still this worker's. */
  async renew(claims: readonly Claim[]): Promise<Set<string>> {
    const { rows } = await sql<{ id: string }>`
      update clankerbot.jobs job set lease_until = now() + ${LEASE}
      from ${claimed(claims)} and job.state = 'active' returning job.id`.execute(this.db);
    return new Set(rows.map(({ id }) => id));
  }

  /**
   * Returns the jobs whose end counts: those that nobody has claimed since. Where one was only put back in line meanwhile,
   * it is done all the same, and nobody does it again.
   */
  async complete(claims: readonly Claim[]): Promise<Set<string>> {
    const { rows } = await sql<{ id: string }>`
      delete from clankerbot.jobs job using ${claimed(claims)} and job.state in ('waiting', 'active')
      returning job.id`.execute(this.db);
    return new Set(rows.map(({ id }) => id));
  }

  /** Returns what became of the job; undefined where it is not this worker's any more. */
  async fail(claim: Claim, failure: Failure): Promise<'waiting' | 'dead' | undefined> {
    const isLast = sql`job.attempts > ${failure.retryLimit}`;
    const { rows } = await sql<{ state: 'waiting' | 'dead' }>`
      update clankerbot.jobs job set ${deadOrBack(isLast)}, error = ${JSON.stringify(failure.error)}::jsonb,
        start_after = now() + make_interval(secs => ${failure.delaySeconds}::float8)
      from ${claimed([claim])} and job.state = 'active' returning job.state`.execute(this.db);
    return rows[0]?.state;
  }

  /** Gives jobs back as if they had never been started: no try is used up and no delay waited for. */
  async handBack(claims: readonly Claim[]): Promise<void> {
    await sql`
      update clankerbot.jobs job set state = 'waiting', attempts = job.attempts - 1, start_after = now(), ${BACK_IN_LINE}
      from ${claimed(claims)} and job.state = 'active'`.execute(this.db);
  }
}

/** After a try that was one too many a job is dead, else in line again. */
export function deadOrBack(isLast: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`state = case when ${isLast} then 'dead' else 'waiting' end,
    died_at = case when ${isLast} then date_trunc('milliseconds', clock_timestamp()) end, ${BACK_IN_LINE}`;
}

function claimed(claims: readonly Claim[]): RawBuilder<unknown> {
  const ids = claims.map(({ id }) => id);
  const numbers = claims.map((claim) => claim.claims);
  return sql`unnest(${ids}::uuid[], ${numbers}::int[]) as own (id, claims)
    where job.id = own.id and job.claims = own.claims`;
}
