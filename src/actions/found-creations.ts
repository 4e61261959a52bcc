import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { CreationClaims } from '../integrations/integration.js';
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

const LOOK_EVERY_MS = 200;
const LONGEST_WAIT_MS = 30_000;
/** Far longer than any run looks for what it has made. */
const KEPT = sql`interval '2 days'`;

/**
 * What runs have made, whichever replica they ran on. Promises that no two runs are answered with the same creation:
 * what a run was answered with is on its row, and what a run has found it claims before.
 */
@Injectable()
export class FoundCreations {
  constructor(
    private readonly db: Database,
    private readonly runs: ActionRunsRepository,
  ) {}

  of(run: RunRecord): CreationClaims {
    return {
      free: async (ids) => {
        await this.#search(run);
        await this.#otherAnswers(run);
        const taken = await this.#taken(run, ids);
        return ids.filter((id) => !taken.has(id));
      },
      claim: (id) => this.#claim(run, id),
    };
  }

  async removeOld(): Promise<void> {
    await sql`delete from clankerbot.claimed_creations where claimed_at < now() - ${KEPT}`.execute(this.db);
  }

  /** From now on equal runs do not wait for this one's answer. */
  async #search({ id }: RunRecord): Promise<void> {
    await this.db.updateTable('action_runs').set({ is_searching: true }).where('id', '=', id).execute();
  }

  /**
   * What was found may be what an equal run is just about to be answered with, so those are waited for. Not those of this
   * process: the integration knows of them, and may have them wait in turn.
   */
  async #otherAnswers(run: RunRecord): Promise<void> {
    const untilMs = performance.now() + LONGEST_WAIT_MS;
    let ids = await this.#awaiting(run);
    while (ids.length > 0) {
      if (performance.now() > untilMs) throw new Error('Equal runs do not end');
      await delay(LOOK_EVERY_MS);
      const still = new Set(await this.#awaiting(run));
      ids = ids.filter((id) => still.has(id));
    }
  }

  async #awaiting({ integration, params }: RunRecord): Promise<string[]> {
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

  async #taken({ id }: RunRecord, ids: readonly string[]): Promise<Set<string>> {
    const { rows } = await sql<{ id: string }>`
      select created_id as id from clankerbot.action_runs where created_id = any(${ids}::text[]) and id <> ${id}
      union select id from clankerbot.claimed_creations where id = any(${ids}::text[]) and run_id <> ${id}`.execute(
      this.db,
    );
    return new Set(rows.map((row) => row.id));
  }

  async #claim(run: RunRecord, id: string): Promise<boolean> {
    const { rows } = await sql<{ run_id: string }>`
      insert into clankerbot.claimed_creations (id, run_id) values (${id}, ${run.id})
      on conflict (id) do update set run_id = claimed_creations.run_id
      returning run_id`.execute(this.db);
    return rows[0]?.run_id === run.id;
  }
}
