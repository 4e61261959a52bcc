import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** How long a run has been worked on, and since when it is being worked on now. */
export const flowRunTimeMigration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`alter table clankerbot.flow_runs
      add column worked_ms double precision not null default 0, add column worked_since timestamptz`.execute(
      db,
    );
  },
};
