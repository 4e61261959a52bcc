import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Managed API keys. Of the secret only its SHA-256 is kept; a revoked key stays, so that old journal lines mean something. */
export const apiKeysMigration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`
      create table clankerbot.api_keys (
        id text primary key,
        name text not null,
        role text not null check (role in ('viewer', 'operator', 'admin')),
        digest bytea not null unique,
        created_by text not null,
        created_at timestamptz not null,
        expires_at timestamptz,
        last_used_at timestamptz,
        revoked_at timestamptz,
        revoked_by text
      )`.execute(db);
    await sql`create index api_keys_live on clankerbot.api_keys (id) where revoked_at is null`.execute(db);
  },
};
