import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Which run has made what, for those that look for what they may have made themselves. */
export const claimedCreations: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`
      alter table clankerbot.action_runs
        add column created_id text,
        -- Its answer was lost: what it has made it will only know by finding and claiming it.
        add column is_searching boolean not null default false`.execute(db);
    await sql`
      create index action_runs_created on clankerbot.action_runs (created_id)
      where created_id is not null`.execute(db);
    await sql`
      create table clankerbot.claimed_creations (
        id text primary key,
        run_id text not null,
        claimed_at timestamptz not null default now()
      )`.execute(db);
  },
};
