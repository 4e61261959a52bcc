import { Injectable } from '@nestjs/common';
import { ClockWatch } from '../clock/clock-watch.js';
import { SharedClock } from '../clock/shared-clock.js';
import { Metrics } from '../observability/metrics.js';

/** Clocks that somebody set, and how far this machine's is from the one that counts. */
@Injectable()
export class ClockMetrics {
  constructor(metrics: Metrics, watch: ClockWatch, shared: SharedClock) {
    const steps = metrics.counter('clock_steps_total', 'Times that a clock was set by a second or more', [
      'clock',
    ]);
    for (const clock of ['own', 'database'] as const) steps.inc({ clock }, 0); // Else the first could not be seen as one more.
    watch.onStep(() => steps.inc({ clock: 'own' }));
    shared.onStep(() => steps.inc({ clock: 'database' }));
    metrics.gauge(
      'clock_ahead_seconds',
      "How far this machine's clock is ahead of the database's, by which what is due is judged.",
      { collect: (gauge) => gauge.set(shared.ownAheadMs / 1000) },
    );
  }
}
