import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Finds what a request has run. On a large journal it may be made beforehand, by hand and concurrently. */
export const actionRunsByRequest: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`
      create index if not exists action_runs_request on clankerbot.action_runs (request_id, id)`.execute(db);
  },
};
