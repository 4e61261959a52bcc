import { Injectable } from '@nestjs/common';
import { Metrics } from '../../observability/metrics.js';

/** What Prometheus learns of flow runs; labels are closed sets. */
@Injectable()
export class FlowMetrics {
  readonly #ended;
  readonly #duration;
  readonly #rescued;
  readonly #paused;

  constructor(metrics: Metrics) {
    this.#ended = metrics.counter('flow_runs_total', 'Flow runs that have ended or paused', [
      'status',
      'origin',
    ]);
    this.#duration = metrics.histogram(
      'flow_run_duration_seconds',
      'From the start of a flow run to its end',
      {
        buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 30, 120, 600, 3600],
      },
    );
    this.#rescued = metrics.counter(
      'flow_runs_rescued_total',
      'Flow runs taken over from a process that died',
    );
    this.#paused = metrics.counter(
      'flow_pauses_total',
      'Flows paused because their expressions were cut off again and again',
    );
  }

  ended(run: { status: string; origin: string; durationMs: number | undefined }): void {
    this.#ended.inc({ status: run.status, origin: run.origin });
    if (run.durationMs !== undefined) this.#duration.observe(run.durationMs / 1000);
  }

  paused(): void {
    this.#paused.inc();
  }

  rescued(count: number): void {
    this.#rescued.inc(count);
  }
}
