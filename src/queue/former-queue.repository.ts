import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database } from '../storage/database.js';
import { LEASE } from './jobs.repository.js';

const AT_ONCE = 1_000;
const deadLineOf = (queue: string): string => `${queue}.dead`;

/**
 * The queue that releases before this one keep in the schema `clankerbot_queue`: what they leave there is carried on here.
 * Replicas of such a release may still run. Their workers lock a job before they take it, so what moves is nobody's.
 */
@Injectable()
export class FormerQueueRepository {
  #hasLooked = false;

  constructor(private readonly db: Database) {}

  /** Moves what waits, what a worker that died has left, and what is dead. Returns how many jobs. */
  async takeOver(queues: readonly string[]): Promise<number> {
    let count = 0;
    for (let moved = AT_ONCE; moved === AT_ONCE; count += moved) moved = await this.#takeSome(queues);
    if (count > 0 || !this.#hasLooked) await this.#removeEmptyCopy();
    this.#hasLooked = true;
    return count;
  }

  async #takeSome(queues: readonly string[]): Promise<number> {
    const { rows } = await sql<{ id: string }>`
      with found as materialized (
        select name, id from clankerbot_queue.job
        where name = any(${[...queues, ...queues.map(deadLineOf)]}) and (
          state in ('created', 'retry')
          or state = 'active' and now() > pg_postmaster_start_time() + ${LEASE}
            and coalesce(heartbeat_on, started_on + make_interval(secs => expire_seconds)) < now() - ${LEASE}
        )
        limit ${AT_ONCE} for update skip locked
      ), taken as (
        delete from clankerbot_queue.job job using found
        where job.name = found.name and job.id = found.id
        returning job.*
      ), moved as (
        insert into clankerbot.jobs (id, queue, state, data, priority, start_after, is_deferred, attempts, error,
          created_at, died_at)
        select id, coalesce(source_name, name), case when is_dead then 'dead' else 'waiting' end, coalesce(data, '{}'),
          priority, case when state = 'active' then now() else start_after end, state = 'created' and start_after > created_on,
          case when state = 'created' then retry_count else retry_count + 1 end,
          coalesce(source_output, output), coalesce(source_created_on, created_on),
          case when is_dead then date_trunc('milliseconds', case when state = 'active' then now() else created_on end) end
        from (
          select *, name = any(${queues.map(deadLineOf)}) or state = 'active' and retry_count >= retry_limit as is_dead
          from taken
        ) job
        on conflict (id) do nothing
      )
      select id from taken`.execute(this.db);
    return rows.length;
  }

  /** What a restored backup of such a release had of it (src/storage/backup); the queue itself is left as it is. */
  async #removeEmptyCopy(): Promise<void> {
    await sql
      .raw(
        `do $$ begin
          if to_regclass('clankerbot_queue.queue') is null and not exists (select from clankerbot_queue.job) then
            drop table clankerbot_queue.job;
            drop schema clankerbot_queue;
          end if;
        end $$`,
      )
      .execute(this.db);
  }
}
