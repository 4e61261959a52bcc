import { Injectable } from '@nestjs/common';
import { SharedClock } from '../../clock/shared-clock.js';
import { Metrics } from '../../observability/metrics.js';
import { SchedulesRepository } from '../schedules.repository.js';
import type { ScheduleRunKind } from '../schedules.tables.js';

/** What Prometheus learns of schedules; labels are closed sets. */
@Injectable()
export class ScheduleMetrics {
  readonly #fired;
  readonly #lag;
  readonly #ended;

  constructor(metrics: Metrics, schedules: SchedulesRepository, clock: SharedClock) {
    this.#fired = metrics.counter('schedule_fired_total', 'Due times that made a run, or were missed', [
      'kind',
    ]);
    this.#lag = metrics.histogram('schedule_lag_seconds', 'From a due time to the start of its run', {
      buckets: [0.1, 0.25, 0.5, 1, 2, 5, 15, 60, 600],
    });
    metrics.gauge(
      'schedule_overdue_seconds',
      'How long the schedule that is due the longest has waited to fire.',
      {
        collect: async (gauge) => gauge.set(await schedules.overdueSeconds(clock.now())),
      },
    );
    this.#ended = metrics.counter('schedule_runs_total', 'Runs of schedules that have ended', ['status']);
  }

  fired(kind: ScheduleRunKind, lagMs: number): void {
    this.#fired.inc({ kind });
    if (kind === 'due') this.#lag.observe(Math.max(lagMs, 0) / 1000);
  }

  ended(status: 'succeeded' | 'failed'): void {
    this.#ended.inc({ status });
  }
}
