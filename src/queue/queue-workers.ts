import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { ServiceState } from '../observability/service-state.js';
import { BossConnection } from './boss-connection.js';
import { JobsRepository } from './jobs.repository.js';
import { QueueObserver } from './queue-observer.js';
import { QueueUpkeep } from './queue-upkeep.js';
import { QueueWorker, type WorkerOptions } from './queue-worker.js';

/** Four beats to a lease, so that one lost or late beat costs nothing. */
const BEAT_EVERY_MS = 2_500;
const CHECK_EVERY_MS = 20;
/** The last part of the grace: handlers are asked to stop, then what is unfinished is handed back. */
const LAST_CALL_MS = 2_000;

/** The workers of this process: their start, their signs of life, their end. */
@Injectable()
export class QueueWorkers {
  readonly #planned: WorkerOptions[] = [];
  #workers: QueueWorker[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly connection: BossConnection,
    private readonly jobs: JobsRepository,
    private readonly observer: QueueObserver,
    private readonly state: ServiceState,
    private readonly upkeep: QueueUpkeep,
  ) {}

  get isFailing(): boolean {
    return this.#workers.some((worker) => worker.isFailing);
  }

  add(options: WorkerOptions): void {
    this.#planned.push(options);
  }

  start(): void {
    if (this.#planned.length === 0) return;
    this.connection.onWake((queue) => this.#wake(queue));
    this.#workers = this.#planned.map(
      (options) => new QueueWorker(options, this.connection, this.jobs, this.observer),
    );
    for (const worker of this.#workers) worker.start();
    this.#timer = setInterval(() => void this.#beat(), BEAT_EVERY_MS).unref();
    this.upkeep.start(this.#workers.map((worker) => worker.queue));
  }

  /** Finishes what is in flight within the grace, and hands back the rest so that others start it at once. */
  async stop(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.stopFetching()));
    await this.#untilIdle(Math.max(0, this.state.remainingGraceMs() - LAST_CALL_MS));
    for (const worker of this.#workers) worker.askToStop();
    await this.#untilIdle(Math.min(this.state.remainingGraceMs(), LAST_CALL_MS / 2));
    clearInterval(this.#timer);
    await this.upkeep.stop();
    await Promise.all(this.#workers.map((worker) => this.#handBack(worker)));
  }

  async #handBack(worker: QueueWorker): Promise<void> {
    const count = worker.activeCount;
    if (count === 0) return;
    try {
      await worker.handBackAll();
      this.observer.log.info({ queue: worker.queue, jobs: count }, 'Handed back unfinished jobs');
    } catch (error) {
      this.observer.log.warn(
        { err: error, queue: worker.queue },
        'Unfinished jobs return when their lease ends',
      );
    }
  }

  async #untilIdle(forMs: number): Promise<void> {
    const untilMs = performance.now() + forMs;
    while (this.#workers.some((worker) => worker.activeCount > 0) && performance.now() < untilMs) {
      await delay(CHECK_EVERY_MS);
    }
  }

  #wake(queue: string | undefined): void {
    for (const worker of this.#workers) if (queue === undefined || worker.queue === queue) worker.wake();
  }

  async #beat(): Promise<void> {
    try {
      await Promise.all(this.#workers.map((worker) => worker.beat()));
    } catch (error) {
      this.observer.log.warn({ err: error }, 'The signs of life of running jobs do not reach the database');
    }
  }
}
