import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { CreationClaims } from '../integrations/integration.js';
import { FoundCreationsRepository } from './found-creations.repository.js';
import type { RunRecord } from './run-record.js';

const LOOK_EVERY_MS = 200;
const LONGEST_WAIT_MS = 30_000;

/**
 * What runs have made, whichever replica they ran on. Promises that no two runs are answered with the same creation:
 * what a run was answered with is on its row, and what a run has found it claims before.
 */
@Injectable()
export class FoundCreations {
  constructor(private readonly repository: FoundCreationsRepository) {}

  of(run: RunRecord): CreationClaims {
    return {
      free: async (ids) => {
        await this.repository.setSearching(run);
        await this.#otherAnswers(run);
        const taken = await this.repository.taken(run, ids);
        return ids.filter((id) => !taken.has(id));
      },
      claim: (id) => this.repository.claim(run, id),
    };
  }

  removeOld(): Promise<void> {
    return this.repository.removeOld();
  }

  /**
   * What was found may be what an equal run is just about to be answered with, so those are waited for. Not those of this
   * process: the integration knows of them, and may have them wait in turn.
   */
  async #otherAnswers(run: RunRecord): Promise<void> {
    const untilMs = performance.now() + LONGEST_WAIT_MS;
    let ids = await this.repository.awaiting(run);
    while (ids.length > 0) {
      if (performance.now() > untilMs) throw new Error('Equal runs do not end');
      await delay(LOOK_EVERY_MS);
      const still = new Set(await this.repository.awaiting(run));
      ids = ids.filter((id) => still.has(id));
    }
  }
}
