import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { EventLoopLag, LAG_METRICS } from './event-loop-lag.js';

/** A scrape is given up after ten seconds by default, and then nothing is known of the process at all. */
const COLLECT_MS = 3_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The registry of this process. Features make their metrics here; label values are closed sets. */
@Injectable()
export class Metrics implements OnModuleInit, OnApplicationShutdown {
  readonly registry = new Registry();
  readonly #lag = new EventLoopLag();

  constructor() {
    addProcessMetrics(this.registry);
    this.#lag.addTo(this.registry);
  }

  onModuleInit(): void {
    this.#lag.start();
  }

  onApplicationShutdown(): void {
    this.#lag.stop();
  }

  counter<L extends string>(name: string, help: string, labelNames: readonly L[] = []): Counter<L> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  /** A counter of what is counted already: read when somebody scrapes. */
  tally(name: string, help: string, read: () => number): void {
    const { registry } = this;
    void new Counter({
      name,
      help,
      registers: [registry],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
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

  /** A value that is read when somebody scrapes. A read that fails or hangs leaves the metric out, the rest standing. */
  gauge<L extends string>(
    name: string,
    help: string,
    options: { labelNames?: readonly L[]; collect?: (gauge: Gauge<L>) => void | Promise<void> } = {},
  ): Gauge<L> {
    const { collect, labelNames = [] } = options;
    return new Gauge<L>({
      name,
      help,
      labelNames,
      registers: [this.registry],
      ...(collect
        ? {
            async collect(this: Gauge<L>) {
              try {
                await within(COLLECT_MS, collect(this));
              } catch {
                this.reset();
                if (labelNames.length === 0) this.remove(); // reset() leaves a 0 there, which would be a reading
              }
            },
          }
        : {}),
    });
  }
}

/** Those of prom-client, without its monitor of the event loop; it can only be told to look once in 24 days. */
function addProcessMetrics(register: Registry): void {
  collectDefaultMetrics({ register, eventLoopMonitoringPrecision: LONGEST_TIMER_MS });
  for (const { name } of register.getMetricsAsArray())
    if (name.startsWith(LAG_METRICS)) register.removeSingleMetric(name);
}

async function within(timeoutMs: number, reading: void | Promise<void>): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('The reading took too long')), timeoutMs).unref();
  await Promise.race([reading, promise]).finally(() => clearTimeout(timer));
}
