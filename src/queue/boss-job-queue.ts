import { randomUUID } from 'node:crypto';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { JobInsert } from 'pg-boss';
import { DatabaseStartup } from '../storage/database-startup.js';
import { BossConnection } from './boss-connection.js';
import { bossDatabaseIn } from './boss-database.js';
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
import { JobsRepository } from './jobs.repository.js';
import { ALIVE_GROUP, DEFAULT_POLICY, deadLetterQueueOf } from './queue-policy.js';
import { QueueWorkers } from './queue-workers.js';
import { type QueueConfig, queueConfig } from './queue.config.js';

const REDRIVE_BATCH = 1_000;

/** JobQueue over pg-boss. Fetching, signs of life and stopping are our own; the tables and their rules are pg-boss's. */
@Injectable()
export class BossJobQueue extends JobQueue implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    @Inject(queueConfig.token) private readonly config: QueueConfig,
    private readonly connection: BossConnection,
    private readonly jobs: JobsRepository,
    private readonly workers: QueueWorkers,
    private readonly startup: DatabaseStartup,
  ) {
    super();
  }

  override define(queue: string, policy: Partial<QueuePolicy> = {}): void {
    this.connection.define(queue, { ...DEFAULT_POLICY, ...policy });
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
    if (jobs.length === 0) return [];
    const { transaction, startAfter, priority } = options;
    const inserts = jobs.map((data): JobInsert => ({
      id: randomUUID(),
      data,
      group: ALIVE_GROUP,
      ...(startAfter ? { startAfter } : {}),
      ...(priority === undefined ? {} : { priority }),
    }));
    await this.connection.boss.insert(queue, inserts, transaction ? { db: bossDatabaseIn(transaction) } : {});
    // Inside a transaction on the embedded Postgres the fetch waits for its only connection, and so for the commit.
    if (startAfter) await this.connection.tell(queue, transaction);
    else this.connection.wakeOwn(queue);
    return inserts.map(({ id }) => id ?? '');
  }

  override deadLetters({ queue, limit, after }: DeadLetterFilter): Promise<DeadLetter[]> {
    return this.jobs.deadLetters({ queues: this.#named(queue), limit, ...(after ? { before: after } : {}) });
  }

  override async redrive({ queue, ids }: { queue?: string; ids?: readonly string[] }): Promise<number> {
    if (ids?.length === 0) return 0;
    let count = 0;
    const names = this.#named(queue);
    for (const name of names) {
      for (let moved = REDRIVE_BATCH; moved === REDRIVE_BATCH; count += moved) {
        moved = await this.connection.boss.redrive(deadLetterQueueOf(name), {
          limit: REDRIVE_BATCH,
          ...(ids ? { ids: [...ids] } : {}),
        });
      }
    }
    if (count > 0) await Promise.all(names.map((name) => this.connection.tell(name)));
    return count;
  }

  override depths(): Promise<QueueDepth[]> {
    return this.jobs.depths(this.#named());
  }

  override isUsable(): boolean {
    return this.connection.isStarted && !this.workers.isFailing;
  }

  onApplicationBootstrap(): void {
    this.startup.whenReady().then(
      () => this.workers.start(),
      () => undefined, // Whoever starts the service reports why it cannot.
    );
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.workers.stop();
    await this.connection.stop();
  }

  #named(queue?: string): string[] {
    return queue === undefined ? [...this.connection.policies.keys()] : [queue];
  }
}
