import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { ActionRunsRepository } from './action-runs.repository.js';
import { type ActionsConfig, actionsConfig } from './actions.config.js';
import { IdempotencyKeyError } from './actions.errors.js';
import { IntegrationError } from '../integrations/integration-error.js';
import type { KeyHolder, RunRecord } from './run-record.js';
import { storeError } from './stored-answer.js';

const HOUR_MS = 3_600_000;
const FIRST_LOOK_MS = 10;
const LONGEST_LOOK_MS = 250;
const LONGEST_WAIT_MS = 60_000;

export type KeyedRun = RunRecord & { idempotencyKey: string };

/**
 * One run per caller and key, whichever replicas the requests come to. Promises that of all requests with a key one
 * claims it and the others are given its answer; that a dead holder blocks nobody; and that its write is not repeated.
 */
@Injectable()
export class IdempotencyKeys {
  constructor(
    private readonly repository: ActionRunsRepository,
    private readonly clock: Clock,
    @Inject(actionsConfig.token) private readonly config: ActionsConfig,
  ) {}

  /** Undefined once the key is this run's; else the ended run that has it. Waits for one that is still running. */
  async claim(run: KeyedRun, signal?: AbortSignal): Promise<KeyHolder | undefined> {
    const giveUpMs = performance.now() + LONGEST_WAIT_MS;
    for (let waitMs = FIRST_LOOK_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_LOOK_MS)) {
      if (await this.repository.claim(run)) return undefined;
      const holder = await this.repository.findHolder(run.callerId, run.idempotencyKey);
      if (holder && (await this.#isInForce(holder))) {
        if (holder.fingerprint !== run.fingerprint) throw IdempotencyKeyError.otherRequest();
        if (holder.outcome !== 'running') return holder;
      }
      if (performance.now() > giveUpMs || signal?.aborted) throw IdempotencyKeyError.stillRunning();
      if (holder?.outcome === 'running') await delay(waitMs);
    }
  }

  /** Puts on record what a claimed run is about to do. Throws where it was given up for dead, and its key given back. */
  async describe(run: RunRecord): Promise<void> {
    if (!(await this.repository.describe(run))) throw IdempotencyKeyError.lost();
  }

  expiry(): Date {
    return new Date(this.clock.nowMs() + this.config.IDEMPOTENCY_KEY_HOURS * HOUR_MS);
  }

  /** Ends the runs of processes that are gone; answers their ids. */
  settleOrphans(): Promise<string[]> {
    const error = new IntegrationError(
      'upstream_error',
      'The service stopped while this ran; whether it had an effect is not known',
      { outcome: 'unknown' },
    );
    return this.repository.settleOrphans({
      now: this.clock.now(),
      keyExpiresAt: this.expiry(),
      error: JSON.stringify(storeError(error)),
    });
  }

  /** Whether the holder still has the key after what is over has been cleared away. */
  async #isInForce(holder: KeyHolder): Promise<boolean> {
    if (holder.isOrphan) {
      await this.settleOrphans();
      return false;
    }
    const now = this.clock.now();
    if (holder.keyExpiresAt === null || holder.keyExpiresAt > now) return true;
    await this.repository.releaseKeys(now, holder.id);
    return false;
  }
}
