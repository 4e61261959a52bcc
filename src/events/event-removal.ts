import { Injectable } from '@nestjs/common';
import { sql, type Transaction } from 'kysely';
import type { Tables } from '../storage/database.js';

/** For rooms whose events belong to somebody who may leave. */
@Injectable()
export class EventRemoval {
  /** Removes all that a source has told of a workspace, handled or not, and by what repeats of it were known. */
  async remove(
    transaction: Transaction<Tables>,
    { source, workspaceId }: { source: string; workspaceId: string },
  ): Promise<void> {
    await sql`
      with gone as (
        delete from clankerbot.events where source = ${source} and workspace_id = ${workspaceId} returning id, seq
      ),
      waiting as (delete from clankerbot.event_dispatch d using gone where d.seq = gone.seq),
      dead as (delete from clankerbot.event_dead_letters x using gone where x.event_id = gone.id),
      handlings as (delete from clankerbot.event_handlings h using gone where h.event_id = gone.id)
      delete from clankerbot.event_keys k using gone where k.event_id = gone.id`.execute(transaction);
  }
}
