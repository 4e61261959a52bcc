import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** The registry of this process. Features make their metrics here; label values are closed sets. */
@Injectable()
export class Metrics {
  readonly registry = new Registry();

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  counter<L extends string>(name: string, help: string, labelNames: readonly L[] = []): Counter<L> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  histogram<L extends string>(
    name: string,
    help: string,
    options: { labelNames?: readonly L[]; buckets: number[] },
  ): Histogram<L> {
    return new Histogram({
      name,
      help,
      labelNames: options.labelNames ?? [],
      buckets: options.buckets,
      registers: [this.registry],
    });
  }

  /** A value that is read when somebody scrapes. A read that fails leaves the metric out and the rest standing. */
  gauge<L extends string>(
    name: string,
    help: string,
    options: { labelNames?: readonly L[]; collect?: (gauge: Gauge<L>) => void | Promise<void> } = {},
  ): Gauge<L> {
    const { collect } = options;
    return new Gauge<L>({
      name,
      help,
      labelNames: options.labelNames ?? [],
      registers: [this.registry],
      ...(collect
        ? {
            async collect(this: Gauge<L>) {
              try {
                await collect(this);
              } catch {
                this.reset();
              }
            },
          }
        : {}),
    });
  }
}
