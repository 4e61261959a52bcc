import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { DatabaseStartup } from '../storage/database-startup.js';
import { WorkBell } from '../storage/work-bell.js';
import { JobLinesRepository } from './job-lines.repository.js';
import {
  type DeadLetter,
  type DeadLetterFilter,
  type EnqueueOptions,
  type Job,
  JobQueue,
  type QueueDepth,
  type QueuePolicy,
} from './job-queue.js';
import type { JobHandler } from './job-run.js';
import { DEFAULT_POLICY } from './queue-policy.js';
import { QueueWorkers } from './queue-workers.js';
import { type QueueConfig, queueConfig } from './queue.config.js';
import { UnknownQueueError } from './queue.errors.js';

/** JobQueue on a table of ours. */
@Injectable()
export class DatabaseJobQueue extends JobQueue implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #policies = new Map<string, QueuePolicy>();

  constructor(
    @Inject(queueConfig.token) private readonly config: QueueConfig,
    private readonly lines: JobLinesRepository,
    private readonly workers: QueueWorkers,
    private readonly bell: WorkBell,
    private readonly startup: DatabaseStartup,
  ) {
    super();
  }

  override define(queue: string, policy: Partial<QueuePolicy> = {}): void {
    this.#policies.set(queue, { ...DEFAULT_POLICY, ...policy });
  }

  override work<T extends object>(
    queue: string,
    options: { concurrency: number },
    handler: (job: Job<T>) => Promise<void>,
  ): void {
    if (this.config.PROCESS_ROLE === 'web') return;
    this.workers.add({ queue, concurrency: options.concurrency, handler: handler as JobHandler });
  }

  override async enqueue<T extends object>(
    queue: string,
    jobs: readonly T[],
    options: EnqueueOptions = {},
  ): Promise<string[]> {
    if (!this.#policies.has(queue)) throw new UnknownQueueError(queue);
    if (jobs.length === 0) return [];
    const ids = await this.lines.insert(queue, jobs, options);
    // Inside a transaction on the embedded Postgres the claim waits for its only connection, and so for the commit.
    this.workers.wake(queue);
    return ids;
  }

  override async cancel(ids: readonly string[]): Promise<number> {
    return ids.length === 0 ? 0 : this.lines.cancel(ids);
  }

  override deadLetters({ queue, limit, after }: DeadLetterFilter): Promise<DeadLetter[]> {
    return this.lines.deadLetters({ queues: this.#named(queue), limit, ...(after ? { before: after } : {}) });
  }

  override async redrive({ queue, ids }: { queue?: string; ids?: readonly string[] }): Promise<number> {
    if (ids?.length === 0) return 0;
    const queues = this.#named(queue);
    const count = await this.lines.redrive(queues, ids);
    if (count > 0) for (const name of queues) this.bell.ring(`jobs:${name}`);
    return count;
  }

  override depths(): Promise<QueueDepth[]> {
    return this.lines.depths(this.#named());
  }

  override isUsable(): boolean {
    return this.startup.isReady && !this.workers.isFailing;
  }

  onApplicationBootstrap(): void {
    this.startup.whenReady().then(
      () => this.workers.start(this.#policies),
      () => undefined, // Whoever starts the service reports why it cannot.
    );
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.workers.stop();
  }

  #named(queue?: string): string[] {
    return queue === undefined ? [...this.#policies.keys()] : [queue];
  }
}
