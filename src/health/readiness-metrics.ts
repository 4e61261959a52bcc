import { Injectable } from '@nestjs/common';
import { Metrics } from '../observability/metrics.js';
import { ReadinessService } from './readiness.service.js';

/** What /readyz says, for Prometheus: asked when somebody scrapes. */
@Injectable()
export class ReadinessMetrics {
  constructor(metrics: Metrics, readiness: ReadinessService) {
    metrics.gauge('service_ready', '1 while /readyz answers 200, else 0.', {
      collect: async (gauge) => gauge.set((await readiness.report()).ready ? 1 : 0),
    });
  }
}
