import { setTimeout as delay } from 'node:timers/promises';
import type { PgBoss } from 'pg-boss';
import { isUnavailable } from '../storage/storage.errors.js';
import type { ClaimedJob } from './jobs.repository.js';

const RETRY_MS = 250;
const GIVE_UP_AFTER_MS = 30_000;

/**
 * Tells the database how tries ended. Jobs that finish while a statement is under way share the next one. A database
 * that is away is asked again for a while; after that the lease runs out and the job runs again, as promised.
 */
export class JobSettler {
  #done: { job: ClaimedJob; settled: () => void; failed: (cause: unknown) => void }[] = [];
  #isFlushing = false;

  constructor(
    private readonly boss: PgBoss,
    private readonly queue: string,
  ) {}

  async complete(job: ClaimedJob): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#done.push({ job, settled: resolve, failed: reject });
    if (!this.#isFlushing) void this.#flush();
    await promise;
  }

  async fail(job: ClaimedJob, error: unknown): Promise<void> {
    await persistently(() => this.boss.fail(this.queue, [job], describe(error)));
  }

  async #flush(): Promise<void> {
    this.#isFlushing = true;
    while (this.#done.length > 0) {
      const batch = this.#done;
      this.#done = [];
      try {
        const jobs = batch.map(({ job }) => job);
        await persistently(() => this.boss.complete(this.queue, jobs));
        for (const { settled } of batch) settled();
      } catch (error) {
        for (const { failed } of batch) failed(error);
      }
    }
    this.#isFlushing = false;
  }
}

async function persistently(work: () => Promise<unknown>): Promise<void> {
  const startedMs = performance.now();
  for (;;) {
    try {
      await work();
      return;
    } catch (error) {
      if (!isUnavailable(error) || performance.now() - startedMs > GIVE_UP_AFTER_MS) throw error;
      await delay(RETRY_MS, undefined, { ref: false });
    }
  }
}

/** An error's own words only: the rest of it may hold secrets or whole requests. */
function describe(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const { code } = error as { code?: unknown };
  return { name: error.name, message: error.message, ...(typeof code === 'string' ? { code } : {}) };
}
