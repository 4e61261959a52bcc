import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { isUnavailable } from '../../storage/storage.errors.js';
import type { Claim, FinishedEvent } from './claimed-event.js';
import type { EventDispatchRepository } from './event-dispatch.repository.js';

const RETRY_MS = 250;

/** Writes down how events ended, many per statement. Keeps asking a database that is away for as long as the leases hold. */
export class EventProgress {
  #finished: { claim: Claim; resolve: () => void; reject: (error: unknown) => void }[] = [];
  #isFlushing = false;

  constructor(
    private readonly repository: EventDispatchRepository,
    private readonly giveUpAfterMs: number,
  ) {}

  async finish(claim: Claim): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#finished.push({ claim, resolve, reject });
    if (!this.#isFlushing) void this.#flush();
    await promise;
  }

  async retryLater(event: FinishedEvent, options: { afterSeconds: number; error: object }): Promise<void> {
    await this.persistently(() => this.repository.retryLater(event, options));
  }

  async makeDeadLetter(event: FinishedEvent, error: object): Promise<void> {
    await this.persistently(() => this.repository.makeDeadLetter(event, error));
  }

  async persistently(work: () => Promise<unknown>): Promise<void> {
    const startedMs = performance.now();
    for (;;) {
      try {
        await work();
        return;
      } catch (error) {
        if (!isUnavailable(error) || performance.now() - startedMs > this.giveUpAfterMs) throw error;
        await delay(RETRY_MS, undefined, { ref: false });
      }
    }
  }

  async #flush(): Promise<void> {
    this.#isFlushing = true;
    await nextTurn(); // What ends in the same turn goes into the same statement.
    while (this.#finished.length > 0) {
      const batch = this.#finished;
      this.#finished = [];
      try {
        const claims = batch.map(({ claim }) => claim);
        await this.persistently(() => this.repository.finish(claims));
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#isFlushing = false;
  }
}
