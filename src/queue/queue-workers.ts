import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { ServiceState } from '../observability/service-state.js';
import { WorkBell } from '../storage/work-bell.js';
import { JobsRepository } from './jobs.repository.js';
import { BEAT_EVERY_MS, DEFAULT_POLICY } from './queue-policy.js';
import { QueueObserver } from './queue-observer.js';
import type { Policies } from './job-upkeep.repository.js';
import { QueueUpkeep } from './queue-upkeep.js';
import { QueueWorker, type WorkerOptions } from './queue-worker.js';

const CHECK_EVERY_MS = 20;
/** The last part of the grace: handlers are asked to stop, then what is unfinished is handed back. */
const LAST_CALL_MS = 2_000;

/** The workers of this process: their start, their signs of life, their end. */
@Injectable()
export class QueueWorkers {
  readonly #planned: WorkerOptions[] = [];
  #workers: QueueWorker[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(
    private readonly jobs: JobsRepository,
    private readonly bell: WorkBell,
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

  start(policies: Policies): void {
    if (this.#planned.length === 0 || this.#isStopped) return;
    this.#workers = this.#planned.map((options) => {
      const policy = policies.get(options.queue) ?? DEFAULT_POLICY;
      const tell = (): void => this.bell.ring(`jobs:${options.queue}`);
      return new QueueWorker(options, { jobs: this.jobs, observer: this.observer, policy, tell });
    });
    for (const worker of this.#workers) {
      this.bell.listen(`jobs:${worker.queue}`, { onRing: () => this.#heardOf(worker) });
      worker.start();
    }
    this.#timer = setInterval(() => void this.#beat(), BEAT_EVERY_MS).unref();
    const own = new Map([...policies].filter(([queue]) => this.#planned.some((p) => p.queue === queue)));
    this.upkeep.start(own, {
      held: () => this.#workers.flatMap((worker) => worker.held),
      wake: () => this.#workers.forEach((worker) => worker.wake()),
    });
  }

  /** New work of this process. */
  wake(queue: string): void {
    for (const worker of this.#workers) if (worker.queue === queue) this.#heardOf(worker);
  }

  /** Finishes what is in flight within the grace, and hands back the rest so that others start it at once. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#workers.map((worker) => worker.stopClaiming()));
    await this.#untilIdle(Math.max(0, this.state.remainingGraceMs() - LAST_CALL_MS));
    for (const worker of this.#workers) worker.askToStop();
    await this.#untilIdle(Math.min(this.state.remainingGraceMs(), LAST_CALL_MS / 2));
    clearInterval(this.#timer);
    await this.upkeep.stop();
    await Promise.all(this.#workers.map((worker) => this.#handBack(worker)));
    await this.bell.tellNow();
  }

  #heardOf(worker: QueueWorker): void {
    worker.wake();
    this.upkeep.heardOfWork();
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

  async #beat(): Promise<void> {
    try {
      await Promise.all(this.#workers.map((worker) => worker.beat()));
    } catch (error) {
      this.upkeep.lostSight();
      this.observer.log.warn({ err: error }, 'The signs of life of running jobs do not reach the database');
    }
  }
}
