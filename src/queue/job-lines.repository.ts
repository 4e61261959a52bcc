import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database } from '../storage/database.js';
import { WorkBell } from '../storage/work-bell.js';
import type { DeadLetter, EnqueueOptions, QueueDepth } from './job-queue.js';

const REDRIVE_BATCH = 1_000;

/** Jobs as those see them who ask for work: put in line, counted, dead, and put in line again. */
@Injectable()
export class JobLinesRepository {
  constructor(
    private readonly db: Database,
    private readonly bell: WorkBell,
  ) {}

  /** Tells other processes with the same statement, so that they hear of it if and only if it commits. */
  async insert(queue: string, jobs: readonly object[], options: EnqueueOptions): Promise<string[]> {
    const { transaction, startAfter = null, priority = 0, singletonKey = null } = options;
    const rows = jobs.map((data) => ({ id: randomUUID(), data }));
    const told = this.bell.notification(`jobs:${queue}`, { isOwnToo: transaction !== undefined });
    const { rows: inserted } = await sql<{ id: string }>`
      with job as (
        insert into clankerbot.jobs (id, queue, state, data, priority, singleton_key, start_after, is_deferred, created_at)
        select id, ${queue}, 'waiting', data, ${priority}::int, ${singletonKey}::text,
          coalesce(${startAfter}::timestamptz, now()), ${startAfter !== null}::boolean, now()
        from json_to_recordset(${JSON.stringify(rows)}::json) as given (id uuid, data jsonb)
        on conflict (queue, singleton_key) where singleton_key is not null and state in ('waiting', 'active') do nothing
        returning id
      ), told as materialized (select ${told})
      select id, (select count(*) from told) from job`.execute(transaction ?? this.db);
    const isIn = new Set(inserted.map(({ id }) => id));
    return rows.flatMap(({ id }) => (isIn.has(id) ? [id] : []));
  }

  async cancel(ids: readonly string[]): Promise<number> {
    const { rows } = await sql<{ id: string }>`
      delete from clankerbot.jobs where id = any(${ids}::uuid[]) and state = 'waiting' returning id`.execute(
      this.db,
    );
    return rows.length;
  }

  async deadLetters(filter: {
    queues: readonly string[];
    limit: number;
    before?: { diedAt: Date; id: string };
  }): Promise<DeadLetter[]> {
    const { rows } = await sql<DeadLetter>`
      select id, queue, data, error as reason, died_at as "diedAt" from clankerbot.jobs
      where state = 'dead' and queue = any(${filter.queues})
        and (${filter.before?.diedAt ?? null}::timestamptz is null
          or (died_at, id) < (${filter.before?.diedAt ?? null}, ${filter.before?.id ?? null}::uuid))
      order by died_at desc, id desc limit ${filter.limit}`.execute(this.db);
    return rows;
  }

  /** Returns how many it has put back, all there are or those named. One whose key another job has stays dead. */
  async redrive(queues: readonly string[], ids: readonly string[] | undefined): Promise<number> {
    let count = 0;
    for (let moved = REDRIVE_BATCH; moved === REDRIVE_BATCH; count += moved)
      moved = await this.#redriveSome(queues, ids);
    return count;
  }

  async #redriveSome(queues: readonly string[], ids: readonly string[] | undefined): Promise<number> {
    const { rows } = await sql<{ id: string }>`
      with chosen as (
        select distinct on (dead.queue, coalesce(dead.singleton_key, dead.id::text)) dead.id
        from clankerbot.jobs dead
        where dead.state = 'dead' and dead.queue = any(${queues})
          and (${ids ?? null}::uuid[] is null or dead.id = any(${ids ?? null}::uuid[]))
          and not exists (
            select 1 from clankerbot.jobs other
            where other.queue = dead.queue and other.singleton_key = dead.singleton_key
              and other.singleton_key is not null and other.state in ('waiting', 'active'))
        order by dead.queue, coalesce(dead.singleton_key, dead.id::text), dead.died_at
        limit ${REDRIVE_BATCH}
      )
      update clankerbot.jobs job set state = 'waiting', attempts = 0, start_after = now(), died_at = null
      from chosen where job.id = chosen.id and job.state = 'dead' returning job.id`.execute(this.db);
    return rows.length;
  }

  async depths(queues: readonly string[]): Promise<QueueDepth[]> {
    const { rows } = await sql<{ queue: string } & Record<keyof QueueDepth, string | null>>`
      select queue,
        count(*) filter (where state = 'waiting' and start_after <= now()) as ready,
        count(*) filter (where state = 'active') as active,
        count(*) filter (where state = 'waiting' and start_after > now()) as deferred,
        count(*) filter (where state = 'dead') as dead,
        extract(epoch from now() - min(start_after) filter (where state = 'waiting' and start_after <= now()))
          as "oldestReadySeconds"
      from clankerbot.jobs where queue = any(${queues}) group by queue`.execute(this.db);
    const byName = new Map(rows.map((row) => [row.queue, row]));
    return queues.map((queue) => {
      const read = (name: Exclude<keyof QueueDepth, 'queue'>): number =>
        Number(byName.get(queue)?.[name] ?? 0);
      return {
        queue,
        ready: read('ready'),
        active: read('active'),
        deferred: read('deferred'),
        dead: read('dead'),
        oldestReadySeconds: read('oldestReadySeconds'),
      };
    });
  }
}
