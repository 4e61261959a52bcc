import { Injectable } from '@nestjs/common';
import { type RawBuilder, sql } from 'kysely';
import { Database } from '../storage/database.js';
import { type BoundFilter, isWithin } from './event-window.js';

export interface DeadEvent {
  id: string;
  type: string;
  error: unknown;
  died_at: Date;
}

/** Events whose last try has failed. */
@Injectable()
export class DeadLettersRepository {
  constructor(private readonly db: Database) {}

  /** The latest event first. */
  async list(page: { limit: number; before?: string; bounds: BoundFilter }): Promise<DeadEvent[]> {
    let query = this.db
      .selectFrom('event_dead_letters as l')
      .innerJoin('events as e', 'e.id', 'l.event_id')
      .select(['e.id', 'e.type', 'l.error', 'l.died_at'])
      .where(isWithin(page.bounds, 'e'));
    if (page.before !== undefined) query = query.where('l.event_id', '<', page.before);
    return query.orderBy('l.event_id', 'desc').limit(page.limit).execute();
  }

  /** Queues them anew with all their tries; what was handled before stays handled. Returns how many. */
  async redrive(ids: readonly string[] | undefined, bounds: BoundFilter): Promise<number> {
    const { rows } = await sql`
      with alive as (
        delete from clankerbot.event_dead_letters
        where ${ids === undefined ? sql`true` : sql`event_id = any(${ids})`} and ${isOfBounds(bounds)}
        returning event_id, seq, subject_key
      )
      insert into clankerbot.event_dispatch (seq, event_id, subject_key, claims)
      select seq, event_id, subject_key, 1 from alive
      returning seq`.execute(this.db);
    return rows.length;
  }
}

function isOfBounds(bounds: BoundFilter): RawBuilder<boolean> {
  if (bounds.workspaces === undefined && bounds.sources === undefined) return sql<boolean>`true`;
  return sql<boolean>`exists (
    select 1 from clankerbot.events e where e.id = event_id and ${isWithin(bounds, 'e')})`;
}
