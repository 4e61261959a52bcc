import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers';
import { Gauge, type Registry } from 'prom-client';
import { LagHistogram } from './lag-histogram.js';

/** What prom-client calls its own. */
export const LAG_METRICS = 'nodejs_eventloop_lag';
const HELP = 'How long what comes in waits for the event loop';

/** What is told of the time since somebody asked last. */
const FIGURES: Record<string, { help: string; read: (turns: LagHistogram, windowMs: number) => number }> = {
  min: { help: 'least', read: (turns, windowMs) => turns.percentile(0, windowMs) },
  max: { help: 'most', read: (turns) => turns.longestMs },
  mean: { help: 'mean', read: (turns, windowMs) => turns.mean(windowMs) },
  stddev: { help: 'standard deviation', read: (turns, windowMs) => turns.deviation(windowMs) },
  p50: { help: '50th percentile', read: (turns, windowMs) => turns.percentile(0.5, windowMs) },
  p90: { help: '90th percentile', read: (turns, windowMs) => turns.percentile(0.9, windowMs) },
  p99: { help: '99th percentile', read: (turns, windowMs) => turns.percentile(0.99, windowMs) },
};

/**
 * How late the event loop is. Promises to cost nothing while nothing happens: Node's own monitor is a timer of 10 ms, which
 * wakes an idle process a hundred times a second. This one is called at the end of each turn that takes place anyway.
 */
export class EventLoopLag {
  readonly #turns = new LagHistogram();
  #askedMs = performance.now();
  #turnEndedMs = this.#askedMs;
  #idleMs = performance.nodeTiming.idleTime;
  #lastTurnMs = 0;
  #next: NodeJS.Immediate | undefined;

  start(): void {
    this.#next ??= setImmediate(this.#onTurn).unref();
  }

  stop(): void {
    clearImmediate(this.#next);
  }

  addTo(registry: Registry): void {
    const setOthers = Object.entries(FIGURES).map(([figure, { help, read }]) => {
      const name = `${LAG_METRICS}_${figure}_seconds`;
      const gauge = new Gauge({ name, help: `${HELP}: ${help} since the last scrape.`, registers: [] });
      return { gauge, set: (windowMs: number) => gauge.set(read(this.#turns, windowMs) / 1000) };
    });
    const collect = (last: Gauge): void => {
      last.set(this.#lastTurnMs / 1000);
      const windowMs = performance.now() - this.#askedMs;
      for (const { set } of setOthers) set(windowMs);
      this.#turns.reset();
      this.#askedMs += windowMs;
    };
    // The first in the registry, so that the others are set when they are read.
    void new Gauge({
      name: `${LAG_METRICS}_seconds`,
      help: 'How long the last turn of the event loop took.',
      registers: [registry],
      collect() {
        collect(this);
      },
    });
    for (const { gauge } of setOthers) registry.registerMetric(gauge);
  }

  readonly #onTurn = (): void => {
    const nowMs = performance.now();
    const idleMs = performance.nodeTiming.idleTime; // How long the loop has slept, until something came in.
    this.#lastTurnMs = nowMs - this.#turnEndedMs - (idleMs - this.#idleMs);
    this.#turns.record(this.#lastTurnMs);
    this.#turnEndedMs = nowMs;
    this.#idleMs = idleMs;
    this.#next = setImmediate(this.#onTurn).unref(); // With a reference to it the loop would not sleep any more.
  };
}
