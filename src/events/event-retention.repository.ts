import { Injectable } from '@nestjs/common';
import { sql, type Transaction } from 'kysely';
import { Database, type Tables } from '../storage/database.js';
import { keyOfId, keyOfWorkspacesId } from './inbox/event-row.js';
import { firstIdAt } from './event-time.js';

interface GoneEvent {
  id: string;
  source: string;
  workspace_id: string | null;
  delivery_id: string | null;
}

@Injectable()
export class EventRetentionRepository {
  #afterId = '';

  constructor(private readonly db: Database) {}

  /**
   * Looks at one batch, oldest first, and deletes of it what is not waiting to be handled or a dead letter, together with
   * the keys by which repeats of it were known.
   */
  async deleteBefore(time: Date, batch: number): Promise<{ deleted: number; isLast: boolean }> {
    return this.db.transaction().execute(async (transaction) => {
      const { rows } = await sql<{ looked: number; last: string | null; gone: GoneEvent[] }>`
      with looked as (
        select id, seq from clankerbot.events
        where id > ${this.#afterId} and id < ${firstIdAt(time)} order by id limit ${batch}
      ),
      gone as (
        delete from clankerbot.events e using looked l
        where e.id = l.id
          and not exists (select 1 from clankerbot.event_dispatch d where d.seq = l.seq)
          and not exists (select 1 from clankerbot.event_dead_letters x where x.event_id = l.id)
        returning e.id, e.source, e.workspace_id, e.delivery_id
      ),
      handlings as (
        delete from clankerbot.event_handlings h using gone where h.event_id = gone.id
      )
      select (select count(*)::int from looked) as looked, (select max(id) from looked) as last,
        (select coalesce(json_agg(gone), '[]') from gone) as gone`.execute(transaction);
      const { looked, last, gone } = rows[0] ?? { looked: 0, last: null, gone: [] };
      await forget(gone, transaction);
      const isLast = looked < batch;
      this.#afterId = isLast ? '' : (last ?? '');
      return { deleted: gone.length, isLast };
    });
  }

  /** Keys of a window that is over. Keys that are a sender's ids go with their events. */
  async deleteExpiredKeys(): Promise<void> {
    await sql`delete from clankerbot.event_keys where expires_at < now() - interval '1 hour'
      and expires_at < timestamptz 'infinity'`.execute(this.db);
  }
}

/** The keys of their senders' ids, as far as they lead to these events. */
async function forget(gone: readonly GoneEvent[], transaction: Transaction<Tables>): Promise<void> {
  const keys = gone.flatMap(({ source, workspace_id: workspaceId, delivery_id: id }) =>
    id === null ? [] : [keyOfId(source, id), keyOfWorkspacesId({ source, workspaceId, id })],
  );
  if (keys.length === 0) return;
  await sql`delete from clankerbot.event_keys
    where key = any(${keys}) and event_id = any(${gone.map(({ id }) => id)})`.execute(transaction);
}
