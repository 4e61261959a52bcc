import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Lists of one type, workspace or source. On many events they may be made beforehand, by hand and concurrently. */
export const eventListsMigration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const column of ['type', 'workspace_id', 'source'])
      await sql`create index if not exists ${sql.id(`events_by_${column}`)}
        on clankerbot.events (${sql.id(column)}, id)`.execute(db);
  },
};
