import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** What a run that was taken for cut off came to after all; and whether one may simply be done again. */
export const lateOutcomes: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`
      alter table clankerbot.action_runs
        add column late_outcome text check (late_outcome in ('succeeded', 'failed', 'unknown')),
        add column late_result text,
        add column late_error text,
        add column late_at timestamptz,
        add column is_repeatable boolean not null default false`.execute(db);
  },
};
