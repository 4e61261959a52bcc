import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { ActionRunsRepository, type RunOut } from './action-runs.repository.js';
import { cutOff } from './actions.errors.js';
import { KeyLifetime } from './key-lifetime.js';
import { RunJournal } from './run-journal.js';
import { WATCH_MS } from './run-lease.js';
import { storeError } from './stored-answer.js';

const LOOK_EVERY_MS = 250;
/** Looks further apart than this do not show that the database was in reach all the time. */
const LONGEST_GAP_MS = 1_000;

interface Watched {
  leaseUntil: string | null;
  sinceMs: number;
  lastMs: number;
}

/**
 * Ends the runs of processes that are gone. Promises to take nobody's run away while the database was away for everybody,
 * nor a run of this process whose end it knows or waits for.
 */
@Injectable()
export class CutOffRuns {
  readonly #watched = new Map<string, Watched>();

  constructor(
    @Inject(ActionRunsRepository) private readonly repository: ActionRunsRepository,
    private readonly journal: RunJournal,
    private readonly keys: KeyLifetime,
  ) {}

  /** Told of a row whose lease has run out, as often as one looks; answers whether it has been ended. */
  async end(row: RunOut): Promise<boolean> {
    if (!this.#isGone(row)) return false;
    await this.#settle([row.id]);
    return true;
  }

  /** Watches all there are and ends those whose owners do not come back; answers their ids. */
  async endAll(): Promise<string[]> {
    const ended: string[] = [];
    for (;;) {
      const rows = (await this.repository.findRunOut()).filter((row) => !this.#isHeldHere(row));
      const gone = rows.filter((row) => this.#isGone(row)).map(({ id }) => id);
      if (gone.length > 0) ended.push(...(await this.#settle(gone)));
      if (gone.length === rows.length) return ended;
      await delay(LOOK_EVERY_MS, undefined, { ref: false });
    }
  }

  #isHeldHere({ id, isOthers }: RunOut): boolean {
    return !isOthers && this.journal.holds(id);
  }

  #isGone(row: RunOut): boolean {
    const { id, leaseUntil, isOthers } = row;
    if (this.#isHeldHere(row)) return false;
    // On an embedded database an earlier process cannot come back.
    if (isOthers && !this.repository.isShared) return true;
    const nowMs = performance.now();
    this.#forgetThoseBefore(nowMs - LONGEST_GAP_MS);
    const before = this.#watched.get(id);
    const sinceMs = before?.leaseUntil === leaseUntil ? before.sinceMs : nowMs;
    this.#watched.set(id, { leaseUntil, sinceMs, lastMs: nowMs });
    return nowMs - sinceMs >= WATCH_MS;
  }

  #forgetThoseBefore(ms: number): void {
    for (const [id, { lastMs }] of this.#watched) if (lastMs < ms) this.#watched.delete(id);
  }

  #settle(ids: readonly string[]): Promise<string[]> {
    for (const id of ids) this.#watched.delete(id);
    return this.repository.settle(ids, {
      keyExpiresAt: this.keys.end(),
      error: JSON.stringify(storeError(cutOff())),
    });
  }
}
