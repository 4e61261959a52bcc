import { Injectable } from '@nestjs/common';
import type { Histogram } from 'prom-client';
import { Metrics } from './metrics.js';

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export interface HttpObservation {
  method: string;
  route: string | null;
  status: number;
  durationMs: number;
}

/** `http_request_duration_seconds` by method, route template and status: all three are closed sets. */
@Injectable()
export class HttpMetrics {
  readonly #duration: Histogram<'method' | 'route' | 'status'>;

  constructor(metrics: Metrics) {
    this.#duration = metrics.histogram(
      'http_request_duration_seconds',
      'Time from the request to the end of its response.',
      {
        labelNames: ['method', 'route', 'status'],
        buckets: BUCKETS_SECONDS,
      },
    );
  }

  observe({ method, route, status, durationMs }: HttpObservation): void {
    const labels = {
      method: METHODS.has(method) ? method : 'OTHER',
      route: route ?? '(none)',
      status: String(status),
    };
    this.#duration.observe(labels, durationMs / 1000);
  }
}
