import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * What a key is bound to, and whether it sees payloads; and in the journal of actions the workspace, by which it is shown to
 * keys that are bound to some. Runs of before have none, and are shown to none of these.
 */
export const apiKeyScopesMigration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`alter table clankerbot.api_keys add column scope jsonb`.execute(db);
    await sql`alter table clankerbot.api_keys add column sees_payloads boolean not null default true`.execute(
      db,
    );
    await sql`alter table clankerbot.action_runs add column workspace_id text`.execute(db);
  },
};
