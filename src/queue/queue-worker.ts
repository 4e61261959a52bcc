import { WorkLoop } from '../clock/work-loop.js';
import { type TracedWork, traceWork } from '../observability/tracer.js';
import type { QueuePolicy } from './job-queue.js';
import { JobRun, type JobHandler } from './job-run.js';
import { JobSettler } from './job-settler.js';
import type { Claim, ClaimedJob, JobsRepository } from './jobs.repository.js';
import { JobStoppedError } from './queue.errors.js';
import type { JobOutcome, QueueObserver } from './queue-observer.js';

/** QueueUpkeep looks for what nobody was told of, for all queues in one question. */
const LONGEST_SLEEP_MS = 600_000;

export interface WorkerOptions {
  queue: string;
  concurrency: number;
  handler: JobHandler;
}

export interface WorkerTools {
  jobs: JobsRepository;
  observer: QueueObserver;
  policy: QueuePolicy;
  /** Says to all processes that jobs of the queue are in line again. */
  tell: () => void;
}

interface TryEnd {
  outcome: JobOutcome;
  error?: unknown;
}

/** Takes the jobs of one queue in this process: claims what it has room for, runs it, says how it ended. */
export class QueueWorker {
  readonly #runs = new Set<JobRun>();
  readonly #settler: JobSettler;
  readonly #loop = new WorkLoop({
    work: () => this.#claim(),
    longestSleepMs: LONGEST_SLEEP_MS,
    onFailure: (err) => this.tools.observer.log.warn({ err, queue: this.queue }, 'Jobs cannot be fetched'),
  });
  #handling = 0;
  #isFull = false;
  #isStopping = false;

  constructor(
    private readonly options: WorkerOptions,
    private readonly tools: WorkerTools,
  ) {
    this.#settler = new JobSettler(tools.jobs, tools.policy);
  }

  get queue(): string {
    return this.options.queue;
  }

  get isFailing(): boolean {
    return this.#loop.isFailing;
  }

  /** The jobs that it has, until it is written down how they ended. */
  get held(): readonly string[] {
    return [...this.#runs].map(({ job }) => job.id);
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
    const ours = await this.tools.jobs.renew(runs.map(({ job }) => job));
    for (const run of runs) {
      if (!ours.has(run.job.id) && this.#runs.has(run))
        run.abandon(new JobStoppedError('another worker has the job'));
    }
  }

  async stopClaiming(): Promise<void> {
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

  /** Returns in how many milliseconds to look again. */
  async #claim(): Promise<number | undefined> {
    const room = this.options.concurrency - this.#handling;
    this.#isFull = room === 0;
    if (this.#isFull) return undefined; // Whoever finishes wakes it.
    const { jobs, nextInMs } = await this.tools.jobs.claim(this.queue, room);
    if (this.#isStopping) return this.#handBack(jobs);
    for (const job of jobs) void this.#run(job);
    this.#isFull = jobs.length === room;
    return this.#isFull ? undefined : nextInMs;
  }

  async #run(job: ClaimedJob): Promise<void> {
    const run = new JobRun(job, this.tools.policy.timeoutSeconds);
    const startedMs = performance.now();
    this.#runs.add(run);
    const traced = (): TracedWork => ({
      name: `job ${this.queue}`,
      attributes: { 'clankerbot.job_id': job.id },
    });
    this.#handling += 1;
    const handled = traceWork(traced, () => run.run(this.options.handler)).finally(() => this.#makeRoom());
    const end = await handled.then(
      () => this.#succeeded(run),
      (error: unknown) => this.#failed(run, error),
    );
    this.#runs.delete(run);
    const durationMs = performance.now() - startedMs;
    this.tools.observer.jobEnded({ queue: this.queue, id: job.id, durationMs, ...end });
  }

  /** The next ones are claimed while it is written down how these have ended: both wait for the disk. */
  #makeRoom(): void {
    this.#handling -= 1;
    if (this.#isFull) this.wake();
  }

  async #succeeded(run: JobRun): Promise<TryEnd> {
    if (run.isAbandoned) return { outcome: 'abandoned' };
    try {
      return { outcome: (await this.#settler.complete(run.job)) ? 'completed' : 'abandoned' };
    } catch (error) {
      return { outcome: 'abandoned', error }; // Its lease runs out, and somebody does it again.
    }
  }

  async #failed(run: JobRun, error: unknown): Promise<TryEnd> {
    if (run.isAbandoned) return { outcome: 'abandoned' };
    try {
      if (run.isAskedToStop) {
        await this.#handBack([run.job]);
        return { outcome: 'handed_back' };
      }
      const state = await this.#settler.fail(run.job, error);
      if (state === 'waiting') this.tools.tell(); // Who tries it again has to know when.
      if (state === undefined) return { outcome: 'abandoned', error };
      return { outcome: state === 'dead' ? 'dead' : 'failed', error };
    } catch (cause) {
      return { outcome: 'abandoned', error: cause };
    }
  }

  async #handBack(jobs: readonly Claim[]): Promise<undefined> {
    if (jobs.length === 0) return;
    await this.tools.jobs.handBack(jobs);
    this.tools.tell();
  }
}
