import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Whose id a sender's id is. Null where the release before wrote the key, or the key is of a content; '' is none. */
export const eventKeyWorkspacesMigration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`alter table clankerbot.event_keys add column workspace_id text`.execute(db);
  },
};
