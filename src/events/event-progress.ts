import { setTimeout as delay } from 'node:timers/promises';
import { isUnavailable } from '../storage/storage.errors.js';
import type { FinishedEvent } from './claimed-event.js';
import type { EventDispatchRepository } from './event-dispatch.repository.js';

const RETRY_MS = 250;

/** Writes down how events ended, many per statement. Keeps asking a database that is away for as long as the leases hold. */
export class EventProgress {
  #finished: { seq: string; resolve: () => void; reject: (error: unknown) => void }[] = [];
  #isFlushing = false;

  constructor(
    private readonly repository: EventDispatchRepository,
    private readonly claimedBy: string,
    private readonly giveUpAfterMs: number,
  ) {}

  async finish(seq: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#finished.push({ seq, resolve, reject });
    if (!this.#isFlushing) void this.#flush();
    await promise;
  }

  async retryLater(event: FinishedEvent, options: { afterSeconds: number; error: object }): Promise<void> {
    await this.persistently(() => this.repository.retryLater(this.claimedBy, event, options));
  }

  async makeDeadLetter(event: FinishedEvent, error: object): Promise<void> {
    await this.persistently(() => this.repository.makeDeadLetter(this.claimedBy, event, error));
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
    await Promise.resolve(); // What ends in the same turn goes into the same statement.
    while (this.#finished.length > 0) {
      const batch = this.#finished;
      this.#finished = [];
      try {
        const seqs = batch.map(({ seq }) => seq);
        await this.persistently(() => this.repository.finish(this.claimedBy, seqs));
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#isFlushing = false;
  }
}
