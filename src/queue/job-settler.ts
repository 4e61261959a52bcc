import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { isUnavailable } from '../storage/storage.errors.js';
import type { QueuePolicy } from './job-queue.js';
import type { Claim, ClaimedJob, JobsRepository } from './jobs.repository.js';
import { retryDelaySeconds } from './queue-policy.js';

const RETRY_MS = 250;
const GIVE_UP_AFTER_MS = 30_000;
const REASON_MAX_CHARS = 4_000;

/**
 * Tells the database how tries ended. Jobs that finish while a statement is under way share the next one. A database
 * that is away is asked again for a while; after that the lease runs out and the job runs again, as promised.
 */
export class JobSettler {
  #done: { job: Claim; settled: (counts: boolean) => void; failed: (cause: unknown) => void }[] = [];
  #isFlushing = false;

  constructor(
    private readonly jobs: JobsRepository,
    private readonly policy: QueuePolicy,
  ) {}

  /** Returns whether that counts: it does not where another worker has the job now. */
  async complete(job: Claim): Promise<boolean> {
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    this.#done.push({ job, settled: resolve, failed: reject });
    if (!this.#isFlushing) void this.#flush();
    return promise;
  }

  async fail(job: ClaimedJob, error: unknown): Promise<'waiting' | 'dead' | undefined> {
    const { retryLimit } = this.policy;
    const delaySeconds = retryDelaySeconds(this.policy, job.attempts);
    return persistently(() => this.jobs.fail(job, { error: describe(error), retryLimit, delaySeconds }));
  }

  async #flush(): Promise<void> {
    this.#isFlushing = true;
    await nextTurn(); // Jobs that were begun together often end together.
    while (this.#done.length > 0) {
      const batch = this.#done;
      this.#done = [];
      try {
        const jobs = batch.map(({ job }) => job);
        const counting = await persistently(() => this.jobs.complete(jobs));
        for (const { job, settled } of batch) settled(counting.has(job.id));
      } catch (error) {
        for (const { failed } of batch) failed(error);
      }
    }
    this.#isFlushing = false;
  }
}

async function persistently<T>(work: () => Promise<T>): Promise<T> {
  const startedMs = performance.now();
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isUnavailable(error) || performance.now() - startedMs > GIVE_UP_AFTER_MS) throw error;
      await delay(RETRY_MS, undefined, { ref: false });
    }
  }
}

/** An error's own words only: the rest of it may hold secrets or whole requests. */
function describe(error: unknown): object {
  if (!(error instanceof Error)) return { message: storable(String(error)) };
  const { code } = error as { code?: unknown };
  return {
    name: storable(error.name),
    message: storable(error.message),
    ...(typeof code === 'string' ? { code: storable(code) } : {}),
  };
}

/** A job whose reason cannot be written down would never end: jsonb takes neither NUL nor half of a surrogate pair. */
function storable(text: string): string {
  return text.slice(0, REASON_MAX_CHARS).replaceAll('\0', '\uFFFD').toWellFormed();
}
