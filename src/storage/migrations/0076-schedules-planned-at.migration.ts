import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** When a schedule's next time was worked out: one that was, in a future that did not come, is worked out again. */
export const schedulesPlannedAtMigration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`alter table clankerbot.schedules add column planned_at timestamptz`.execute(db);
  },
};
