import type { Job as BossJob } from 'pg-boss';
import { WorkLoop } from '../clock/work-loop.js';
import type { BossConnection } from './boss-connection.js';
import { JobRun, type JobHandler } from './job-run.js';
import { JobSettler } from './job-settler.js';
import type { JobsRepository } from './jobs.repository.js';
import { DEFAULT_POLICY } from './queue-policy.js';
import { JobStoppedError } from './queue.errors.js';
import type { JobOutcome, QueueObserver } from './queue-observer.js';

/** Where a job is due that another process has before it. */
const LEAST_SLEEP_MS = 50;
/** How long it sleeps behind work, and where nobody tells of more. */
const SHORT_SLEEP_MS = 1_000;
/** Where every change is told: a notification can be lost all the same. */
const LONGEST_SLEEP_MS = 60_000;

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
  readonly #loop = new WorkLoop({
    work: () => this.#fetch(),
    longestSleepMs: LONGEST_SLEEP_MS,
    onFailure: (err) => this.observer.log.warn({ err, queue: this.queue }, 'Jobs cannot be fetched'),
  });
  #isFull = false;
  #isStopping = false;

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
    return this.#loop.isFailing;
  }

  start(): void {
    this.#loop.start();
  }

  wake(): void {
    this.#loop.nudge();
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
    await this.#loop.stop();
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

  /** Answers in how many milliseconds to look again. */
  async #fetch(): Promise<number | undefined> {
    const room = this.options.concurrency - this.#runs.size;
    this.#isFull = room === 0;
    if (this.#isFull) return undefined; // Whoever finishes wakes it.
    const fetched = await this.connection.boss.fetch<object>(this.queue, { batchSize: room });
    if (this.#isStopping) return this.#handBack(fetched);
    for (const job of fetched) void this.#run(job);
    this.#isFull = fetched.length === room;
    if (this.#isFull) return undefined;
    if (fetched.length > 0 || !this.connection.isListening) return SHORT_SLEEP_MS;
    const dueInMs = await this.jobs.nextStartInMs(this.queue);
    return dueInMs === undefined ? undefined : Math.max(dueInMs, LEAST_SLEEP_MS);
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
      void this.connection.tell(this.queue); // Who tries it again has to know when.
      return { outcome: run.job.retryCount >= this.#policy.retryLimit ? 'dead' : 'failed', error };
    } catch (cause) {
      return { outcome: 'abandoned', error: cause };
    }
  }

  async #handBack(jobs: readonly BossJob<object>[]): Promise<undefined> {
    if (jobs.length === 0) return;
    await this.jobs.handBack(this.queue, jobs);
    await this.connection.tell(this.queue);
  }
}
