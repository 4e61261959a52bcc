import { Injectable } from '@nestjs/common';
import { type RawBuilder, sql } from 'kysely';
import { Database } from '../storage/database.js';
import type { QueuePolicy } from './job-queue.js';
import { BACK_IN_LINE, deadOrBack, JobsRepository, LEASE } from './jobs.repository.js';

export interface Look {
  /** In how many milliseconds the first lease of another process ends, or of a job that this one has forgotten. */
  leaseEndsInMs: number;
  /** In how many milliseconds the first job that waits may run. */
  readyInMs: number;
  /** Whether a release before this one has left its queue in this database. */
  hasFormerQueue: boolean;
}

export interface TakenOver {
  back: number;
  dead: number;
}

export type Policies = ReadonlyMap<string, QueuePolicy>;

const AT_ONCE = 1_000;
/** On a server that has just come back, the leases of those who live have ended too. */
const EVERYBODY_COULD_RENEW = sql.raw(`pg_postmaster_start_time() + interval '5 seconds'`);

/** What somebody has to see to, because a worker cannot: that it died, and that a clock was set. */
@Injectable()
export class JobUpkeepRepository {
  constructor(
    private readonly db: Database,
    private readonly jobs: JobsRepository,
  ) {}

  /** Everything that it has to know in one question. */
  async look(queues: readonly string[], held: readonly string[]): Promise<Look> {
    const { rows } = await sql<{ lease_ms: number | null; ready_ms: number | null; has_former: boolean }>`
      select
        (
          select extract(epoch from min(greatest(lease_until, ${EVERYBODY_COULD_RENEW})) - clock_timestamp())::float8 * 1000
          from clankerbot.jobs where state = 'active' and queue = any(${queues}) and not ${this.#isHeld(held)}
        ) as lease_ms,
        (
          select extract(epoch from min(first.start_after) - clock_timestamp())::float8 * 1000
          from unnest(${queues}::text[]) as line (queue), lateral (
            select min(start_after) as start_after from clankerbot.jobs
            where queue = line.queue and state = 'waiting'
          ) first
        ) as ready_ms,
        to_regclass('clankerbot_queue.job') is not null as has_former`.execute(this.db);
    const [row] = rows;
    return {
      leaseEndsInMs: row?.lease_ms ?? Infinity,
      readyInMs: row?.ready_ms ?? Infinity,
      hasFormerQueue: row?.has_former ?? false,
    };
  }

  /**
   * Takes jobs from workers that have stopped giving signs of life, without the delay of a job that failed by itself. One on
   * its last try is a dead letter: it may be what kills the workers. What this process runs is no dead one's, however
   * late it is with its signs.
   */
  async takeOver(policies: Policies, held: readonly string[]): Promise<TakenOver> {
    const limits = [...policies.values()].map(({ retryLimit }) => retryLimit);
    const { rows } = await sql<{ state: string }>`
      with over as materialized (
        select id from clankerbot.jobs
        where state = 'active' and queue = any(${[...policies.keys()]}) and lease_until < now()
          and now() > ${EVERYBODY_COULD_RENEW} and not ${this.#isHeld(held)}
        limit ${AT_ONCE} for update skip locked
      )
      update clankerbot.jobs job set ${deadOrBack(sql`job.attempts > policy.retry_limit`)}, start_after = now(),
        error = '{"message": "the worker died"}'
      from over, unnest(${[...policies.keys()]}::text[], ${limits}::int[]) as policy (queue, retry_limit)
      where job.id = over.id and job.queue = policy.queue
      returning job.state`.execute(this.db);
    const dead = rows.filter(({ state }) => state === 'dead').length;
    return { back: rows.length - dead, dead };
  }

  /**
   * After the clock was set back: no lease is longer than a lease, no delay longer than the longest, and what was to run at
   * once does. A time that somebody has asked for stays. Returns how many jobs waited for nothing.
   */
  async mendTimes(policies: Policies): Promise<number> {
    await sql`update clankerbot.jobs set lease_until = now() + ${LEASE}
      where state = 'active' and lease_until > now() + ${LEASE}`.execute(this.db);
    const longest = [...policies.values()].map(({ retryDelayMaxSeconds }) => retryDelayMaxSeconds);
    const { rows } = await sql<{ id: string }>`
      update clankerbot.jobs job set ${BACK_IN_LINE},
        start_after = now() + make_interval(secs => case when job.attempts = 0 then 0 else policy.longest end)
      from unnest(${[...policies.keys()]}::text[], ${longest}::int[]) as policy (queue, longest)
      where job.queue = policy.queue and job.state = 'waiting' and not job.is_deferred
        and job.start_after > now() + make_interval(secs => case when job.attempts = 0 then 0 else policy.longest end)
      returning job.id`.execute(this.db);
    return rows.length;
  }

  #isHeld(held: readonly string[]): RawBuilder<boolean> {
    return sql`(worker = ${this.jobs.worker} and id = any(${held}::uuid[]))`;
  }
}
