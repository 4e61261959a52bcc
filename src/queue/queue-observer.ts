import { Injectable } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import type { Counter, Histogram } from 'prom-client';
import { Metrics } from '../observability/metrics.js';

export type JobOutcome = 'completed' | 'failed' | 'dead' | 'handed_back' | 'abandoned';

const BUCKETS_SECONDS = [0.005, 0.025, 0.1, 0.5, 1, 5, 30, 120, 600];

/** What the queue says of itself, in logs and metrics. Queue names are those the rooms define: a closed set. */
@Injectable()
export class QueueObserver {
  readonly #jobs: Counter<'queue' | 'outcome'>;
  readonly #duration: Histogram<'queue'>;

  constructor(
    metrics: Metrics,
    @InjectPinoLogger('queue') readonly log: PinoLogger,
  ) {
    this.#jobs = metrics.counter('jobs_total', 'Tries of jobs, by how they ended.', ['queue', 'outcome']);
    this.#duration = metrics.histogram('job_duration_seconds', 'Time a try of a job took.', {
      labelNames: ['queue'],
      buckets: BUCKETS_SECONDS,
    });
  }

  jobEnded(job: {
    queue: string;
    id: string;
    outcome: JobOutcome;
    durationMs: number;
    error?: unknown;
  }): void {
    const { queue, id, outcome, durationMs, error } = job;
    this.#jobs.inc({ queue, outcome });
    this.#duration.observe({ queue }, durationMs / 1000);
    const line = { queue, job_id: id, duration_ms: Math.round(durationMs), err: error };
    if (outcome === 'dead') this.log.error(line, 'A job failed for the last time and is a dead letter');
    else if (outcome === 'failed') this.log.warn(line, 'A job failed and will be tried again');
    else if (outcome !== 'completed') this.log.info(line, `A job was ${outcome.replace('_', ' ')}`);
  }
}
