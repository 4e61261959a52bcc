import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { Transaction } from 'kysely';
import { PgBoss } from 'pg-boss';
import { DATABASE_ENGINE, type DatabaseEngine } from '../storage/database-engine.js';
import { DatabaseStartup } from '../storage/database-startup.js';
import type { Tables } from '../storage/database.js';
import { type StorageConfig, storageConfig } from '../storage/storage.config.js';
import { StartupError } from '../storage/storage.errors.js';
import { BossDatabase, bossDatabaseIn } from './boss-database.js';
import type { QueuePolicy } from './job-queue.js';
import { QUEUE_SCHEMA } from './jobs.repository.js';
import { QueueNotStartedError } from './queue.errors.js';
import { QueueObserver } from './queue-observer.js';
import { bossDeadLetterOptions, bossQueueOptions, deadLetterQueueOf } from './queue-policy.js';

/** How often QueueUpkeep may have it look: pg-boss settles between processes whose turn it is. */
const MONITOR_EVERY_SECONDS = 20;
const DELETE_EVERY_SECONDS = 60;
/** What changes with a release only, and what we have none of. */
const SELDOM_SECONDS = 3_600;
const INSTALL_LOCK = 847_300_211;

/** pg-boss and its queues. Promises that both are ready before the service says that its database is. */
@Injectable()
export class BossConnection implements OnApplicationBootstrap {
  readonly #policies = new Map<string, QueuePolicy>();
  readonly #wakers = new Set<(queue: string | undefined) => void>();
  readonly #modulesReady = Promise.withResolvers<void>();
  #boss: PgBoss | undefined;
  #database: BossDatabase | undefined;

  constructor(
    @Inject(DATABASE_ENGINE) private readonly engine: DatabaseEngine,
    @Inject(storageConfig.token) private readonly config: StorageConfig,
    private readonly observer: QueueObserver,
    startup: DatabaseStartup,
  ) {
    startup.beforeReady(() => this.start());
  }

  /** Every room has named its queues by now. */
  onApplicationBootstrap(): void {
    this.#modulesReady.resolve();
  }

  get policies(): ReadonlyMap<string, QueuePolicy> {
    return this.#policies;
  }

  get isStarted(): boolean {
    return this.#boss !== undefined;
  }

  get boss(): PgBoss {
    if (!this.#boss) throw new QueueNotStartedError();
    return this.#boss;
  }

  define(queue: string, policy: QueuePolicy): void {
    if (this.#boss)
      throw new Error(`The queue ${queue} is defined too late: in a constructor or onModuleInit`);
    this.#policies.set(queue, policy);
  }

  onWake(waker: (queue: string | undefined) => void): void {
    this.#wakers.add(waker);
  }

  /** New work for a queue, or perhaps for any. */
  wake(queue: string | undefined): void {
    for (const waker of this.#wakers) waker(queue);
  }

  /** New work of this process: on a server the commit's notification says so, the embedded one needs no commit to wait. */
  wakeOwn(queue: string): void {
    if (this.engine.kind === 'pglite') this.wake(queue);
  }

  /**
   * Work that pg-boss does not tell of: to be done later, again, or by somebody else. Told by the transaction where one is
   * given, else at once; whoever misses it finds the work at the next look.
   */
  async tell(queue: string, transaction?: Transaction<Tables>): Promise<void> {
    if (transaction) return this.#database?.tell(queue, bossDatabaseIn(transaction));
    this.wake(queue);
    if (this.engine.kind === 'postgres')
      await this.#database
        ?.tell(queue)
        .catch((err: unknown) => this.observer.log.debug({ err }, 'Others look for jobs by themselves'));
  }

  /** Whether notifications of new work arrive. */
  get isListening(): boolean {
    return this.#database?.isListening ?? false;
  }

  async start(): Promise<void> {
    await this.#modulesReady.promise;
    this.#database = new BossDatabase(this.engine, (queue) => this.wake(queue));
    const boss = createBoss(this.engine, this.#database, this.config.MIGRATE_ON_START);
    boss.on('error', (err) => this.observer.log.warn({ err }, 'The job queue could not reach its tables'));
    boss.on('warning', ({ message }) => this.observer.log.warn(message));
    try {
      await this.#oneAtATime(async () => {
        await boss.start();
        await this.#createQueues(boss);
      });
    } catch (error) {
      await boss.stop({ graceful: false });
      throw this.config.MIGRATE_ON_START ? error : explainMissingTables(error);
    }
    this.#boss = boss;
  }

  /** Instances that install at the same moment trip over each other: pg-boss makes its schema before it takes its lock. */
  async #oneAtATime(work: () => Promise<void>): Promise<void> {
    if (this.engine.kind === 'pglite') return work(); // One process, and one connection, which the work needs.
    const client = await this.engine.pool.connect();
    try {
      await client.query('select pg_advisory_lock($1)', [INSTALL_LOCK]);
      await work();
      await client.query('select pg_advisory_unlock($1)', [INSTALL_LOCK]);
      client.release();
    } catch (error) {
      client.release(true); // Its session ends, and the lock with it.
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.#boss?.stop({ graceful: false });
  }

  async #createQueues(boss: PgBoss): Promise<void> {
    const existing = new Map((await boss.getQueues()).map((queue) => [queue.name, queue]));
    for (const [queue, policy] of this.#policies) {
      const dead = deadLetterQueueOf(queue);
      const options = bossQueueOptions(queue, policy);
      const known = existing.get(queue);
      if (!existing.has(dead)) await boss.createQueue(dead, bossDeadLetterOptions());
      if (!known) await boss.createQueue(queue, options);
      else if (!isSubset(options, known)) await boss.updateQueue(queue, options);
      // Fills pg-boss's cache of queues: filled later, from inside a caller's transaction, it would wait for the embedded
      // Postgres's only connection, which that transaction holds.
      await boss.findJobs(queue, { id: UNKNOWN_JOB });
      await boss.findJobs(dead, { id: UNKNOWN_JOB });
    }
  }
}

/** pg-boss says so in words only, and only when it may not install or migrate its tables itself. */
function explainMissingTables(error: unknown): unknown {
  const isBehind = error instanceof Error && /not installed|requires migrations/i.test(error.message);
  return isBehind
    ? new StartupError(
        `The job queue's tables are behind and MIGRATE_ON_START is false. Run: npm run migrate`,
        error,
      )
    : error;
}

const UNKNOWN_JOB = '00000000-0000-0000-0000-000000000000';

function isSubset(part: object, whole: object): boolean {
  const values: Record<string, unknown> = { ...whole };
  return Object.entries(part).every(([key, value]) => values[key] === value);
}

function createBoss(engine: DatabaseEngine, db: BossDatabase, migrate: boolean): PgBoss {
  return new PgBoss({
    db,
    backend: engine.kind,
    schema: QUEUE_SCHEMA,
    migrate,
    schedule: false,
    useListenNotify: true,
    supervise: false, // QueueUpkeep asks for it, while there is something to look after.
    monitorIntervalSeconds: MONITOR_EVERY_SECONDS,
    maintenanceIntervalSeconds: DELETE_EVERY_SECONDS,
    queueCacheIntervalSeconds: SELDOM_SECONDS,
    flowIntervalSeconds: SELDOM_SECONDS,
    bamIntervalSeconds: SELDOM_SECONDS,
  });
}
