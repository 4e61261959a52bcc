import type { Transaction } from 'kysely';
import type { Tables } from '../storage/database.js';

export interface QueuePolicy {
  /** Tries after the first one before the job is a dead letter. */
  retryLimit: number;
  /** First wait between tries; it doubles, with jitter, up to the longest. 0: no wait at all. */
  retryDelaySeconds: number;
  retryDelayMaxSeconds: number;
  /** How long one try may run before it counts as failed. A killed worker is noticed much sooner, by its heartbeat. */
  timeoutSeconds: number;
}

export interface Job<T extends object> {
  id: string;
  data: T;
  /** 1 on the first try. */
  attempt: number;
  /** Aborted when the try has run out of time or the service stops; work that can stop early should. */
  signal: AbortSignal;
}

export interface EnqueueOptions {
  /** Enqueue if and only if this transaction commits. */
  transaction?: Transaction<Tables>;
  startAfter?: Date;
  /** Higher first; 0 by default. */
  priority?: number;
  /** Enqueue only where no job of the queue with this key waits or runs: for work that one job does for all who ask. */
  singletonKey?: string;
}

export interface DeadLetter {
  id: string;
  queue: string;
  data: object;
  reason: unknown;
  diedAt: Date;
}

export interface DeadLetterFilter {
  queue?: string;
  limit: number;
  /** Continue after this one: the last of the page before. */
  after?: Pick<DeadLetter, 'id' | 'diedAt'>;
}

export interface QueueDepth {
  queue: string;
  ready: number;
  active: number;
  deferred: number;
  dead: number;
  /** Age of the oldest job that could run now. */
  oldestReadySeconds: number;
}

/**
 * Durable work. Promises that a job whose transaction committed runs at least once, on one worker at a time, until it
 * succeeds or is a dead letter; that a killed worker's job is back within 15 s; and that new work starts at once.
 */
export abstract class JobQueue {
  /** Names a queue and how its jobs are retried. Call it in a constructor or onModuleInit. */
  abstract define(queue: string, policy?: Partial<QueuePolicy>): void;

  /** Takes jobs of a defined queue once the service is ready. Does nothing in a process whose role is `web`. */
  abstract work<T extends object>(
    queue: string,
    options: { concurrency: number },
    handler: (job: Job<T>) => Promise<void>,
  ): void;

  /** Returns the ids, in the order of `jobs`; with a `singletonKey` that is taken, none. */
  abstract enqueue<T extends object>(
    queue: string,
    jobs: readonly T[],
    options?: EnqueueOptions,
  ): Promise<string[]>;

  /** Takes jobs back that wait; one that runs is not stopped. Returns how many. */
  abstract cancel(ids: readonly string[]): Promise<number>;

  /** Newest first. */
  abstract deadLetters(filter: DeadLetterFilter): Promise<DeadLetter[]>;

  /** Puts dead letters back in their queues, all of a queue or those named; answers how many. */
  abstract redrive(filter: { queue?: string; ids?: readonly string[] }): Promise<number>;

  abstract depths(): Promise<QueueDepth[]>;

  /** Whether jobs can be enqueued and, unless this process only serves the web, worked on. */
  abstract isUsable(): boolean;
}
