import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { outsideWorkspace } from '../storage/workspace.js';
import { ActionRunsRepository } from './action-runs.repository.js';
import { IdempotencyKeyError } from '../idempotency/idempotency.errors.js';
import { CutOffRuns } from './cut-off-runs.js';
import { LateOutcomes } from './late-outcomes.js';
import type { KeyHolder, RunRecord } from './run-record.js';

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
    private readonly late: LateOutcomes,
    @Inject(ActionRunsRepository) private readonly repository: ActionRunsRepository,
    private readonly cutOff: CutOffRuns,
    private readonly clock: Clock,
  ) {}

  /** Undefined once `claim` has made the key this run's; else the ended run that has it. Waits for one still running. */
  async holderOr(
    claim: () => Promise<boolean>,
    run: KeyedRun,
    signal?: AbortSignal,
  ): Promise<KeyHolder | undefined> {
    const giveUpMs = performance.now() + LONGEST_WAIT_MS;
    for (let waitMs = FIRST_LOOK_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_LOOK_MS)) {
      const holder = this.late.find(run.callerId, run.idempotencyKey) ?? (await this.#find(claim, run));
      if (holder === 'none') return undefined;
      if (holder && holder.fingerprint !== run.fingerprint) throw IdempotencyKeyError.otherRequest();
      if (holder && holder.outcome !== 'running') return holder;
      if (performance.now() > giveUpMs || signal?.aborted) throw IdempotencyKeyError.stillRunning();
      if (holder) await delay(waitMs);
    }
  }

  /** None once the key is claimed; undefined where it has just come free. */
  async #find(claim: () => Promise<boolean>, run: KeyedRun): Promise<KeyHolder | 'none' | undefined> {
    if (await claim()) return 'none';
    // A key is of its caller, for whichever workspace it was used: one that is not seen could not be waited for either.
    return outsideWorkspace(async () => {
      const holder = await this.repository.findHolder(run.callerId, run.idempotencyKey);
      return holder && (await this.#isInForce(holder)) ? holder : undefined;
    });
  }

  /** Whether the holder still has the key after what is over has been cleared away. */
  async #isInForce(holder: KeyHolder): Promise<boolean> {
    if (holder.hasRunOut) return !(await this.cutOff.end(holder));
    const now = this.clock.now();
    if (holder.keyExpiresAt === null || holder.keyExpiresAt > now) return true;
    await this.repository.releaseKeys(now, holder.id);
    return false;
  }
}
