import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Since when the service itself has kept events from starting a flow, and why. */
export const pausedFlowsMigration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`alter table clankerbot.flows add column paused_at timestamptz, add column pause_reason text`.execute(
      db,
    );
  },
};
