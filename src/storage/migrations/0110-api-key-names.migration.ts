import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * A name stands for one valid key: `held_name` is the name for as long as the key holds it. Where two valid keys have one
 * name already, the older one holds it, and both go on.
 */
export const apiKeyNamesMigration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`alter table clankerbot.api_keys add column held_name text`.execute(db);
    await sql`
      update clankerbot.api_keys k set held_name = name
      where k.id in (
        select min(id) from clankerbot.api_keys
        where revoked_at is null and (expires_at is null or expires_at > now()) group by name)`.execute(db);
    await sql`create unique index api_keys_held_name on clankerbot.api_keys (held_name)`.execute(db);
  },
};
