import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** The runs that wait, by whose turn they are: a claim steps over what is behind a limit without reading it. */
export const flowRunLinesMigration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`
      create index flow_runs_lines
      on clankerbot.flow_runs (flow_id, coalesce(workspace_id, ''), max_concurrency, ready_at, id)
      where status in ('queued', 'waiting')`.execute(db);
  },
};
