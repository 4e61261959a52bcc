import type { Job as BossJob } from 'pg-boss';
import type { BossConnection } from './boss-connection.js';
import { JobRun, type JobHandler } from './job-run.js';
import { JobSettler } from './job-settler.js';
import type { JobsRepository } from './jobs.repository.js';
import { DEFAULT_POLICY } from './queue-policy.js';
import { JobStoppedError } from './queue.errors.js';
import type { JobOutcome, QueueObserver } from './queue-observer.js';

/** Finds retries and deferred jobs that have come due, and new ones should a notification be lost. */
const POLL_MS = 1_000;
const RETRY_FIRST_MS = 250;
const RETRY_LONGEST_MS = 5_000;

export interface WorkerOptions {
  queue: string;
  concurrency: number;
  handler: JobHandler;
}

/** Takes the jobs of one queue in this process: fetches what it has room for, runs it, says how it ended. */
export class QueueWorker {
  readonly #runs = new Set<JobRun>();
  readonly #settler: JobSettler;
  readonly #policy;
  #loop: Promise<void> | undefined;
  #wakeUp: (() => void) | undefined;
  #isWoken = false;
  #isFull = false;
  #isStopping = false;
  #retryMs = 0;

  constructor(
    private readonly options: WorkerOptions,
    private readonly connection: BossConnection,
    private readonly jobs: JobsRepository,
    private readonly observer: QueueObserver,
  ) {
    this.#settler = new JobSettler(connection.boss, options.queue);
    this.#policy = connection.policies.get(options.queue) ?? DEFAULT_POLICY;
  }

  get queue(): string {
    return this.options.queue;
  }

  get isFailing(): boolean {
    return this.#retryMs > 0;
  }

  start(): void {
    this.#loop = this.#work();
  }

  wake(): void {
    this.#isWoken = true;
    this.#wakeUp?.();
  }

  /** Tells the database that the runs are alive, and the runs whose job the database no longer counts as theirs. */
  async beat(): Promise<void> {
    const runs = [...this.#runs];
    if (runs.length === 0) return;
    const jobs = runs.map((run) => run.job);
    const touched = await this.connection.boss.touch(this.queue, jobs);
    const ours = new Set((touched as { settled?: string[] }).settled ?? jobs.map((job) => job.id));
    for (const run of runs) {
      if (!ours.has(run.job.id) && this.#runs.has(run))
        run.abandon(new JobStoppedError('another worker has the job'));
    }
  }

  async stopFetching(): Promise<void> {
    this.#isStopping = true;
    this.wake();
    await this.#loop;
  }

  get activeCount(): number {
    return this.#runs.size;
  }

  askToStop(): void {
    for (const run of this.#runs) run.askToStop();
  }

  async handBackAll(): Promise<void> {
    const runs = [...this.#runs];
    for (const run of runs) run.abandon(new JobStoppedError('the service stops'));
    await this.#handBack(runs.map((run) => run.job));
  }

  async #work(): Promise<void> {
    while (!this.#isStopping) {
      const room = this.options.concurrency - this.#runs.size;
      if (room === 0) await this.#sleep(POLL_MS);
      else await this.#fetch(room);
    }
  }

  async #fetch(room: number): Promise<void> {
    this.#isWoken = false;
    let fetched: BossJob<object>[];
    try {
      fetched = await this.connection.boss.fetch<object>(this.queue, { batchSize: room });
      this.#retryMs = 0;
    } catch (error) {
      return this.#waitAfter(error);
    }
    if (this.#isStopping) return this.#handBack(fetched);
    for (const job of fetched) void this.#run(job);
    this.#isFull = fetched.length === room;
    if (!this.#isFull && !this.#isWoken) await this.#sleep(POLL_MS);
  }

  async #waitAfter(error: unknown): Promise<void> {
    if (this.#retryMs === 0)
      this.observer.log.warn({ err: error, queue: this.queue }, 'Jobs cannot be fetched');
    this.#retryMs = Math.min(Math.max(this.#retryMs * 2, RETRY_FIRST_MS), RETRY_LONGEST_MS);
    await this.#sleep(this.#retryMs);
  }

  async #run(job: BossJob<object>): Promise<void> {
    const run = new JobRun(job, this.#policy.timeoutSeconds);
    const startedMs = performance.now();
    this.#runs.add(run);
    const outcome = await run.run(this.options.handler).then(
      () => this.#succeeded(run),
      (error: unknown) => this.#failed(run, error),
    );
    this.#runs.delete(run);
    this.observer.jobEnded({
      queue: this.queue,
      id: job.id,
      durationMs: performance.now() - startedMs,
      ...outcome,
    });
    if (this.#isFull || this.#runs.size === 0) this.wake();
  }

  async #succeeded(run: JobRun): Promise<{ outcome: JobOutcome; error?: unknown }> {
    if (run.isAbandoned) return { outcome: 'abandoned' };
    try {
      await this.#settler.complete(run.job);
      return { outcome: 'completed' };
    } catch (error) {
      return { outcome: 'abandoned', error }; // Its lease runs out, and somebody does it again.
    }
  }

  async #failed(run: JobRun, error: unknown): Promise<{ outcome: JobOutcome; error?: unknown }> {
    if (run.isAbandoned) return { outcome: 'abandoned' };
    try {
      if (run.isAskedToStop) {
        await this.#handBack([run.job]);
        return { outcome: 'handed_back' };
      }
      await this.#settler.fail(run.job, error);
      return { outcome: run.job.retryCount >= this.#policy.retryLimit ? 'dead' : 'failed', error };
    } catch (cause) {
      return { outcome: 'abandoned', error: cause };
    }
  }

  async #handBack(jobs: readonly BossJob<object>[]): Promise<void> {
    if (jobs.length > 0) await this.jobs.handBack(this.queue, jobs);
  }

  async #sleep(ms: number): Promise<void> {
    if (this.#isStopping) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms).unref();
    this.#wakeUp = resolve;
    await promise;
    this.#wakeUp = undefined;
    clearTimeout(timer);
  }
}
