import { Injectable } from '@nestjs/common';
import { Metrics } from '../observability/metrics.js';
import { JobQueue, type QueueDepth } from './job-queue.js';

const STATES = ['ready', 'active', 'deferred', 'dead'] as const;

/** How much work waits, and how long already: read from the database when somebody scrapes. */
@Injectable()
export class QueueMetrics {
  #reading: Promise<QueueDepth[]> | undefined;

  constructor(
    private readonly queue: JobQueue,
    metrics: Metrics,
  ) {
    metrics.gauge('queue_jobs', 'Jobs by queue and state.', {
      labelNames: ['queue', 'state'],
      collect: async (gauge) => {
        for (const depth of await this.#depths()) {
          for (const state of STATES) gauge.set({ queue: depth.queue, state }, depth[state]);
        }
      },
    });
    metrics.gauge('queue_oldest_ready_seconds', 'Age of the oldest job that could run now.', {
      labelNames: ['queue'],
      collect: async (gauge) => {
        for (const depth of await this.#depths()) gauge.set({ queue: depth.queue }, depth.oldestReadySeconds);
      },
    });
  }

  /** One scrape, one query. */
  #depths(): Promise<QueueDepth[]> {
    this.#reading ??= this.queue.depths().finally(() => (this.#reading = undefined));
    return this.#reading;
  }
}
