import { Injectable } from '@nestjs/common';
import type { Counter, Histogram } from 'prom-client';
import { Metrics } from '../observability/metrics.js';
import { ActionRunner, type OutcomeEvent } from './action-runner.js';

const BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 60];

/** Counts and times what was called. Only integrations that exist come here, so both labels are closed sets. */
@Injectable()
export class ActionMetrics {
  readonly #total: Counter<'integration' | 'outcome'>;
  readonly #duration: Histogram<'integration'>;

  constructor(metrics: Metrics, runner: ActionRunner) {
    this.#total = metrics.counter('actions_total', 'Actions carried out, by how they ended.', [
      'integration',
      'outcome',
    ]);
    this.#duration = metrics.histogram(
      'action_duration_seconds',
      'Time that integrations took for actions.',
      {
        labelNames: ['integration'],
        buckets: BUCKETS_SECONDS,
      },
    );
    runner.onOutcome((event) => this.#observe(event));
  }

  #observe({ integration, outcome, durationMs }: OutcomeEvent): void {
    this.#total.inc({ integration, outcome });
    this.#duration.observe({ integration }, durationMs / 1000);
  }
}
