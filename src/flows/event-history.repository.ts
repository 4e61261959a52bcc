import { Injectable } from '@nestjs/common';
import { Database } from '../storage/database.js';
import '../events/events.tables.js';
import type { EventFacts } from './flows.tables.js';

export interface PastEvent {
  event: EventFacts;
  payload: unknown;
}

/** Stored events, to try a flow on. */
@Injectable()
export class EventHistoryRepository {
  constructor(private readonly db: Database) {}

  /** In the order of their arrival, without the repeats that were never dispatched. */
  async between(range: { from: Date; to: Date; limit: number }): Promise<PastEvent[]> {
    const rows = await this.db
      .selectFrom('events')
      .select([
        'id',
        'source',
        'type',
        'workspace_id',
        'user_id',
        'subject_id',
        'received_at',
        'replay_of',
        'payload',
      ])
      .where('received_at', '>=', range.from)
      .where('received_at', '<=', range.to)
      .where('repeat_of', 'is', null)
      .orderBy('id')
      .limit(range.limit)
      .execute();
    return rows.map((row) => ({
      event: {
        id: row.id,
        source: row.source,
        type: row.type,
        workspaceId: row.workspace_id,
        userId: row.user_id,
        subjectId: row.subject_id,
        receivedAt: row.received_at.toISOString(),
        replayOf: row.replay_of,
      },
      payload: row.payload,
    }));
  }
}
