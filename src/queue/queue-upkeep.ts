import { Injectable } from '@nestjs/common';
import { WorkLoop } from '../clock/work-loop.js';
import { BossConnection } from './boss-connection.js';
import { JobsRepository } from './jobs.repository.js';
import { QueueObserver } from './queue-observer.js';
import { LEASE_SECONDS } from './queue-policy.js';

const LEASE_MS = LEASE_SECONDS * 1000;
/** Between two looks that find the same lease ended. */
const LEAST_MS = 250;
/** What pg-boss looks after: tries that take too long, jobs to delete, counts. */
const SUPERVISE_EVERY_MS = 20_000;
/** So long after the last sign of a job: by then finished ones are deleted. */
const SUPERVISE_FOR_MS = 180_000;
const LONGEST_SLEEP_MS = 60_000;
const SUPERVISE_IDLE_EVERY_MS = 600_000;

/**
 * Gives jobs of dead workers to others and has pg-boss tidy up. Promises to look when the first lease can have ended, and
 * to ask the database next to nothing while there is no job.
 */
@Injectable()
export class QueueUpkeep {
  readonly #reclaiming = new WorkLoop({
    work: () => this.#reclaim(),
    longestSleepMs: LONGEST_SLEEP_MS,
    onFailure: (err) => this.observer.log.debug({ err }, 'Jobs of dead workers cannot be looked for'),
  });
  readonly #supervising = new WorkLoop({
    work: () => this.#supervise(),
    longestSleepMs: SUPERVISE_IDLE_EVERY_MS,
    onFailure: (err) => this.observer.log.warn({ err }, 'The job queue could not be tidied'),
  });
  #queues: readonly string[] = [];
  #nextLookMs = 0;
  #superviseUntilMs = 0;
  #nextPassMs = 0;

  constructor(
    private readonly connection: BossConnection,
    private readonly jobs: JobsRepository,
    private readonly observer: QueueObserver,
  ) {}

  start(queues: readonly string[]): void {
    this.#queues = queues;
    this.connection.onWake(() => this.#onJob());
    this.#reclaiming.start();
    this.#supervising.start();
  }

  async stop(): Promise<void> {
    await Promise.all([this.#reclaiming.stop(), this.#supervising.stop()]);
  }

  /** Whoever takes the new job can be dead one lease from now; not worth a look before. */
  #onJob(): void {
    const nowMs = performance.now();
    if (this.#nextLookMs > nowMs + LEASE_MS) this.#reclaiming.nudge();
    this.#keepTidy(nowMs);
  }

  #keepTidy(nowMs: number): void {
    this.#superviseUntilMs = nowMs + SUPERVISE_FOR_MS;
    if (this.#nextPassMs > nowMs + SUPERVISE_EVERY_MS) this.#supervising.nudge();
  }

  async #reclaim(): Promise<number> {
    const count = await this.jobs.reclaim(this.#queues);
    if (count > 0) {
      this.observer.log.warn({ jobs: count }, 'Took over jobs of a worker that died');
      await Promise.all(this.#queues.map((queue) => this.connection.tell(queue)));
    }
    const endsInMs = await this.jobs.nextLeaseEndInMs(this.#queues);
    if (endsInMs !== undefined) this.#keepTidy(performance.now());
    const dueInMs = Math.min(Math.max(endsInMs ?? Infinity, LEAST_MS), LONGEST_SLEEP_MS);
    this.#nextLookMs = performance.now() + dueInMs;
    return dueInMs;
  }

  async #supervise(): Promise<number> {
    await this.connection.boss.supervise();
    const nowMs = performance.now();
    const dueInMs = nowMs < this.#superviseUntilMs ? SUPERVISE_EVERY_MS : SUPERVISE_IDLE_EVERY_MS;
    this.#nextPassMs = nowMs + dueInMs;
    return dueInMs;
  }
}
