import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * A name stands for one valid key. Whoever makes one holds the name's row meanwhile; that the keys themselves had a unique
 * name would refuse what the release before this one does beside it.
 */
export const apiKeyNamesMigration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`create table clankerbot.api_key_names (name text primary key)`.execute(db);
  },
};
