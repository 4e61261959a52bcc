import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * What dispatch looks at without reading events: how large each is (null where the release before wrote the row), and
 * those that are about nothing, which no other index finds among millions that are about something.
 */
export const eventTurns: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`alter table clankerbot.event_dispatch add column bytes integer`.execute(db);
    await sql`
      create index event_dispatch_alone on clankerbot.event_dispatch (seq) where subject_key is null`.execute(
      db,
    );
  },
};
