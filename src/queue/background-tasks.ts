import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import type { Counter, Gauge } from 'prom-client';
import { Clock } from '../clock/clock.js';
import { Metrics } from '../observability/metrics.js';
import { DatabaseStartup } from '../storage/database-startup.js';
import { type QueueConfig, queueConfig } from './queue.config.js';

export interface BackgroundTask {
  /** In log lines and metrics: `flow-retention`. */
  name: string;
  /** From the end of one run to the begin of the next. */
  everyMs: number;
  /** From the moment the database is ready to the first run. */
  firstAfterMs?: number;
  /** Aborted when the service stops, which waits until the run has ended. */
  run(signal: AbortSignal): Promise<unknown>;
}

/**
 * Work that comes round again and that nobody waits for: retention, clearing up, looking after. Promises that a task runs in
 * processes that do background work, once the database is ready, never twice at a time in one process, and that a failure
 * is logged and counted and does not end it.
 */
@Injectable()
export class BackgroundTasks implements BeforeApplicationShutdown {
  readonly #stopping = new AbortController();
  readonly #running = new Map<string, Promise<void>>();
  readonly #runs: Counter<'task' | 'result'>;
  readonly #succeededAt: Gauge<'task'>;

  constructor(
    @Inject(queueConfig.token) private readonly config: QueueConfig,
    private readonly startup: DatabaseStartup,
    private readonly timers: SchedulerRegistry,
    private readonly clock: Clock,
    metrics: Metrics,
    @InjectPinoLogger('tasks') private readonly log: PinoLogger,
  ) {
    this.#runs = metrics.counter(
      'background_task_runs_total',
      'Runs of a background task, by how they ended.',
      ['task', 'result'],
    );
    this.#succeededAt = metrics.gauge(
      'background_task_last_success_timestamp_seconds',
      'When a background task last came to its end in this process.',
      { labelNames: ['task'] },
    );
  }

  /** Call it in a constructor or onModuleInit. */
  add(task: BackgroundTask): void {
    if (this.config.PROCESS_ROLE === 'web') return;
    for (const result of ['succeeded', 'failed']) this.#runs.inc({ task: task.name, result }, 0);
    this.whenWorking(() => this.#runIn(task.firstAfterMs ?? 0, task));
  }

  /** For work that has a loop of its own: begins it where background work is done, once the database is ready. */
  whenWorking(begin: () => void): void {
    if (this.config.PROCESS_ROLE === 'web') return;
    this.startup.whenReady().then(
      () => this.#stopping.signal.aborted || begin(),
      () => undefined, // Whoever starts the service reports why it cannot.
    );
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#running.values());
  }

  #runIn(ms: number, task: BackgroundTask): void {
    if (this.#stopping.signal.aborted) return;
    const timer = setTimeout(() => {
      this.timers.deleteTimeout(task.name);
      this.#running.set(task.name, this.#run(task));
    }, ms).unref();
    this.timers.addTimeout(task.name, timer);
  }

  async #run(task: BackgroundTask): Promise<void> {
    try {
      await task.run(this.#stopping.signal);
      this.#runs.inc({ task: task.name, result: 'succeeded' });
      this.#succeededAt.set({ task: task.name }, this.clock.nowMs() / 1000);
    } catch (err) {
      if (this.#stopping.signal.aborted) return;
      this.#runs.inc({ task: task.name, result: 'failed' });
      this.log.warn(
        { err, task: task.name, next_in_seconds: Math.round(task.everyMs / 1000) },
        'A background task failed; it is tried again',
      );
    }
    this.#runIn(task.everyMs, task);
  }
}
