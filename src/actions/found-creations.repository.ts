import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database } from '../storage/database.js';
import { ActionRunsRepository } from './action-runs.repository.js';
import type { RunRecord } from './run-record.js';

interface ClaimedCreationsTable {
  id: string;
  run_id: string;
}

declare module '../storage/database.js' {
  interface Tables {
    claimed_creations: ClaimedCreationsTable;
  }
}

/** Far longer than any run looks for what it has made. */
const KEPT = sql`interval '2 days'`;

/** Which creation is whose, as the database knows it. */
@Injectable()
export class FoundCreationsRepository {
  constructor(
    private readonly db: Database,
    private readonly runs: ActionRunsRepository,
  ) {}

  /** From now on equal runs do not wait for this one's answer. */
  async setSearching({ id }: RunRecord): Promise<void> {
    await this.db.updateTable('action_runs').set({ is_searching: true }).where('id', '=', id).execute();
  }

  /** Equal runs of other processes whose answer is still to come. */
  async awaiting({ integration, params }: RunRecord): Promise<string[]> {
    const rows = await this.db
      .selectFrom('action_runs')
      .select('id')
      .where('outcome', '=', 'running')
      .where('is_searching', '=', false)
      .where('integration', '=', integration)
      .where('params', '=', params)
      .where('owner', '<>', this.runs.owner)
      .execute();
    return rows.map((row) => row.id);
  }

  /** Those that another run was answered with, or has claimed. */
  async taken({ id }: RunRecord, ids: readonly string[]): Promise<Set<string>> {
    const { rows } = await sql<{ id: string }>`
      select created_id as id from clankerbot.action_runs where created_id = any(${ids}::text[]) and id <> ${id}
      union select id from clankerbot.claimed_creations where id = any(${ids}::text[]) and run_id <> ${id}`.execute(
      this.db,
    );
    return new Set(rows.map((row) => row.id));
  }

  /** Of all runs that claim a creation, on whichever replica, one gets it. */
  async claim(run: RunRecord, id: string): Promise<boolean> {
    const { rows } = await sql<{ run_id: string }>`
      insert into clankerbot.claimed_creations (id, run_id) values (${id}, ${run.id})
      on conflict (id) do update set run_id = claimed_creations.run_id
      returning run_id`.execute(this.db);
    return rows[0]?.run_id === run.id;
  }

  async removeOld(): Promise<void> {
    await sql`delete from clankerbot.claimed_creations where claimed_at < now() - ${KEPT}`.execute(this.db);
  }
}
