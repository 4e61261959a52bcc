import { Inject, Injectable } from '@nestjs/common';
import { DATABASE_ENGINE, type DatabaseEngine } from '../storage/database-engine.js';
import type { DeadLetter, QueueDepth } from './job-queue.js';
import { deadLetterQueueOf, LEASE_SECONDS } from './queue-policy.js';

export const QUEUE_SCHEMA = 'clankerbot_queue';
const JOB = `${QUEUE_SCHEMA}.job`;

export interface ClaimedJob {
  id: string;
  retryCount: number;
}

interface DepthRow {
  queue: string;
  ready: string;
  active: string;
  deferred: string;
  age: string | null;
}

/** What pg-boss has no call for, on its table of jobs. */
@Injectable()
export class JobsRepository {
  constructor(@Inject(DATABASE_ENGINE) private readonly engine: DatabaseEngine) {}

  /** Gives claimed jobs back as if they had never been started: no try is used up and no backoff waited for. */
  async handBack(queue: string, jobs: readonly ClaimedJob[]): Promise<number> {
    const { rowCount } = await this.engine.pool.query(
      `update ${JOB} set state = 'created', started_on = null, heartbeat_on = null, start_after = now()
       where name = $1 and state = 'active'
         and (id, retry_count) in (select * from unnest($2::uuid[], $3::int[]))`,
      [queue, jobs.map((j) => j.id), jobs.map((j) => j.retryCount)],
    );
    return rowCount ?? 0;
  }

  /**
   * Takes jobs from workers that have stopped giving signs of life, without the backoff of a job that failed by
   * itself. One on its last try is left to pg-boss, which makes it a dead letter: it may be what kills the workers.
   */
  async reclaim(queues: readonly string[]): Promise<number> {
    const { rowCount } = await this.engine.pool.query(
      `update ${JOB} set state = 'retry', heartbeat_on = null, start_after = now(),
         output = '{"message": "the worker died"}'
       where name = any($1) and state = 'active' and group_id is not null and retry_count < retry_limit
         and heartbeat_on < now() - interval '${LEASE_SECONDS} seconds'`,
      [queues],
    );
    return rowCount ?? 0;
  }

  /** In how many milliseconds the next waiting job may run; undefined where none waits. */
  async nextStartInMs(queue: string): Promise<number | undefined> {
    const { rows } = await this.engine.pool.query<{ ms: number | null }>(
      `select (extract(epoch from min(start_after) - clock_timestamp()) * 1000)::float8 as ms
       from ${JOB} where name = $1 and state < 'active' and not blocked`,
      [queue],
    );
    return rows[0]?.ms ?? undefined;
  }

  /**
   * In how many milliseconds a worker could be known to have died: one that has a job now, or that takes the next one as soon
   * as it may run. Undefined where there is no job.
   */
  async nextLeaseEndInMs(queues: readonly string[]): Promise<number | undefined> {
    const { rows } = await this.engine.pool.query<{ ms: number | null }>(
      `select (extract(epoch from least(
           (select min(heartbeat_on) from ${JOB} where name = any($1) and state = 'active' and group_id is not null),
           (select greatest(min(start_after), clock_timestamp()) from ${JOB}
            where name = any($1) and state < 'active' and not blocked having min(start_after) is not null))
         - clock_timestamp()) * 1000)::float8 as ms`,
      [queues],
    );
    const ms = rows[0]?.ms ?? undefined;
    return ms === undefined ? undefined : ms + LEASE_SECONDS * 1000;
  }

  async deadLetters(filter: {
    queues: readonly string[];
    limit: number;
    before?: { createdAt: Date; id: string };
  }): Promise<DeadLetter[]> {
    const { rows } = await this.engine.pool.query<DeadLetter>(
      `select id, source_name as queue, data, source_output as reason,
         date_trunc('milliseconds', created_on) as "createdAt"
       from ${JOB}
       where name = any($1) and state < 'active'
         and ($2::timestamptz is null or (date_trunc('milliseconds', created_on), id) < ($2, $3::uuid))
       order by date_trunc('milliseconds', created_on) desc, id desc
       limit $4`,
      [
        filter.queues.map(deadLetterQueueOf),
        filter.before?.createdAt ?? null,
        filter.before?.id ?? null,
        filter.limit,
      ],
    );
    return rows;
  }

  async depths(queues: readonly string[]): Promise<QueueDepth[]> {
    const { rows } = await this.engine.pool.query<DepthRow>(
      `select name as queue,
         count(*) filter (where state < 'active' and start_after <= now()) as ready,
         count(*) filter (where state = 'active') as active,
         count(*) filter (where state < 'active' and start_after > now()) as deferred,
         extract(epoch from now() - min(start_after) filter (where state < 'active' and start_after <= now())) as age
       from ${JOB} where name = any($1) and state <= 'active' group by name`,
      [queues.flatMap((q) => [q, deadLetterQueueOf(q)])],
    );
    const byName = new Map(rows.map((row) => [row.queue, row]));
    return queues.map((queue) => {
      const row = byName.get(queue);
      return {
        queue,
        ready: Number(row?.ready ?? 0),
        active: Number(row?.active ?? 0),
        deferred: Number(row?.deferred ?? 0),
        dead: Number(byName.get(deadLetterQueueOf(queue))?.ready ?? 0),
        oldestReadySeconds: Number(row?.age ?? 0),
      };
    });
  }
}
