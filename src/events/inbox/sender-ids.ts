import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database } from '../../storage/database.js';
import { type EventRow, keyOfNamedBody } from './event-row.js';

interface Holder {
  body: string;
  eventId: string | null;
}

/**
 * Ids that a sender uses for one body each, though it does not sign them. Promises that of two bodies under one id only
 * the first one passes, on whichever replica. A body that is known claims nothing: whoever has seen a delivery could
 * otherwise send it again under an id that is still to come.
 */
@Injectable()
export class SenderIds {
  constructor(private readonly db: Database) {}

  /** The event whose id it is, where that is another one; null for one that was never stored. */
  async holderOf(row: EventRow): Promise<{ eventId: string | null } | undefined> {
    if (row.d === null) return undefined;
    const { rows } = await sql<Holder>`
      with claimed as (
        insert into clankerbot.event_keys as k (key, fingerprint, event_id, expires_at)
        select ${keyOfNamedBody(row.s, row.d)}, ${row.k}, '', now() + make_interval(secs => ${row.ks})
        where not exists (select from clankerbot.event_keys where key = ${row.k} and expires_at > now())
        on conflict (key) do update set
          fingerprint = case when k.expires_at > now() then k.fingerprint else excluded.fingerprint end,
          expires_at = case when k.expires_at > now() then k.expires_at else excluded.expires_at end
        returning fingerprint
      )
      select c.fingerprint as body, e.event_id as "eventId"
      from claimed c left join clankerbot.event_keys e on e.key = c.fingerprint`.execute(this.db);
    const [holder] = rows;
    return holder === undefined || holder.body === row.k ? undefined : { eventId: holder.eventId };
  }
}
