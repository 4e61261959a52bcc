import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** What waits to be confirmed. Of the token only its SHA-256 is kept, as of an API key. */
export const confirmationsMigration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`
      create table clankerbot.action_confirmations (
        token_hash text primary key,
        caller_id text not null,
        action text not null,
        created_at timestamptz not null,
        expires_at timestamptz not null
      )`.execute(db);
    await sql`
      create index action_confirmations_expiry on clankerbot.action_confirmations (expires_at)`.execute(db);
  },
};
