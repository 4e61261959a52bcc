import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { Reach } from '../../access/reach.js';
import { isAnyOf } from '../../storage/any-of.js';
import { Database } from '../../storage/database.js';
import '../../events/events.tables.js';
import { firstIdAt } from '../../events/event-time.js';
import type { EventFacts } from '../flows.tables.js';

export interface PastEvent {
  event: EventFacts;
  payload: unknown;
}

/** Stored events, to try a flow on. */
@Injectable()
export class EventHistoryRepository {
  constructor(private readonly db: Database) {}

  /** In the order of their arrival, without the repeats that were never dispatched, and without payloads. */
  async between(range: {
    reach: Reach;
    from: Date;
    to: Date;
    limit: number;
    afterId?: string | undefined;
  }): Promise<EventFacts[]> {
    let query = this.db
      .selectFrom('events')
      .select(['id', 'source', 'type', 'workspace_id', 'user_id', 'subject_id', 'received_at', 'replay_of'])
      // By their ids, which tell the time, because they have an index.
      .where('id', '>=', firstIdAt(range.from))
      .where('id', '<', firstIdAt(range.to.getTime() + 1))
      .where('repeat_of', 'is', null)
      .where(isAnyOf(sql`workspace_id`, range.reach.within('workspaces')))
      .where(isAnyOf(sql`source`, range.reach.eventSources))
      .orderBy('id')
      .limit(range.limit);
    if (range.afterId !== undefined) query = query.where('id', '>', range.afterId);
    return (await query.execute()).map((row) => ({
      id: row.id,
      source: row.source,
      type: row.type,
      workspaceId: row.workspace_id,
      userId: row.user_id,
      subjectId: row.subject_id,
      receivedAt: row.received_at.toISOString(),
      replayOf: row.replay_of,
    }));
  }

  /** One at a time, because each may have some megabytes. Undefined where retention was faster. */
  async payloadOf(eventId: string): Promise<{ payload: unknown; bytes: number } | undefined> {
    return this.db
      .selectFrom('events')
      .select(['payload', sql<number>`octet_length(payload::text)`.as('bytes')])
      .where('id', '=', eventId)
      .executeTakeFirst();
  }
}
