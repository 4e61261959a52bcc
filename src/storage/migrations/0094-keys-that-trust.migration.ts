import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Whether what a model read is carried out for a key without being confirmed. */
export const keysThatTrustMigration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`alter table clankerbot.api_keys add column trust_model boolean not null default false`.execute(
      db,
    );
  },
};
