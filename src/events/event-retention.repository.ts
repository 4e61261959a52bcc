import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database } from '../storage/database.js';
import { firstIdAt } from './event-time.js';

@Injectable()
export class EventRetentionRepository {
  #afterId = '';

  constructor(private readonly db: Database) {}

  /** Looks at one batch, oldest first, and deletes of it what is not waiting to be handled or a dead letter. */
  async deleteBefore(time: Date, batch: number): Promise<{ deleted: number; isLast: boolean }> {
    const { rows } = await sql<{ looked: number; deleted: number; last: string | null }>`
      with looked as (
        select id, seq from clankerbot.events
        where id > ${this.#afterId} and id < ${firstIdAt(time)} order by id limit ${batch}
      ),
      gone as (
        delete from clankerbot.events e using looked l
        where e.id = l.id
          and not exists (select 1 from clankerbot.event_dispatch d where d.seq = l.seq)
          and not exists (select 1 from clankerbot.event_dead_letters x where x.event_id = l.id)
        returning e.id
      ),
      handlings as (
        delete from clankerbot.event_handlings h using gone where h.event_id = gone.id
      )
      select (select count(*)::int from looked) as looked, (select count(*)::int from gone) as deleted,
        (select max(id) from looked) as last`.execute(this.db);
    const row = rows[0] ?? { looked: 0, deleted: 0, last: null };
    const isLast = row.looked < batch;
    this.#afterId = isLast ? '' : (row.last ?? '');
    return { deleted: row.deleted, isLast };
  }

  /** Keys of a window that is over. Keys that are a sender's ids stay: those are known for ever. */
  async deleteExpiredKeys(): Promise<void> {
    await sql`delete from clankerbot.event_keys where expires_at < now() - interval '1 hour'
      and expires_at < timestamptz 'infinity'`.execute(this.db);
  }
}
