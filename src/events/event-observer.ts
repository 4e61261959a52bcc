import { Injectable } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import type { Counter, Histogram } from 'prom-client';
import { Metrics } from '../observability/metrics.js';
import { EventDispatchRepository } from './dispatch/event-dispatch.repository.js';

export type HandlingOutcome = 'handled' | 'failed' | 'dead';

const LAG_BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30, 120, 600];

/** What the inbox says of itself. Sources are those configured and handlers those registered: closed sets. */
@Injectable()
export class EventObserver {
  readonly #received: Counter<'source' | 'outcome'>;
  readonly #handled: Counter<'handler' | 'outcome'>;
  readonly #unwanted: Counter<never>;
  readonly #lag: Histogram<never>;

  constructor(
    metrics: Metrics,
    repository: EventDispatchRepository,
    @InjectPinoLogger('events') readonly log: PinoLogger,
  ) {
    this.#received = metrics.counter('events_received_total', 'Deliveries stored or refused, by source.', [
      'source',
      'outcome',
    ]);
    this.#handled = metrics.counter(
      'events_handled_total',
      'Tries of events, by handler and how they ended.',
      ['handler', 'outcome'],
    );
    this.#unwanted = metrics.counter('events_unwanted_total', 'Events that no handler wanted.');
    this.#lag = metrics.histogram(
      'event_start_delay_seconds',
      'Time from receipt to the first handler start.',
      {
        buckets: LAG_BUCKETS_SECONDS,
      },
    );
    metrics.gauge('event_dispatch_events', 'Events by what they wait for.', {
      labelNames: ['state'],
      collect: async (gauge) => {
        const { waiting, handling, dead } = await repository.counts();
        gauge.set({ state: 'waiting' }, waiting);
        gauge.set({ state: 'handling' }, handling);
        gauge.set({ state: 'dead' }, dead);
      },
    });
    metrics.gauge('event_dispatch_oldest_seconds', 'Age of the oldest event that could be handled now.', {
      collect: async (gauge) => gauge.set((await repository.counts()).oldestSeconds),
    });
  }

  received(source: string, isDuplicate: boolean): void {
    this.#received.inc({ source, outcome: isDuplicate ? 'repeat' : 'new' });
  }

  /** Either the sender has made a mistake, or somebody who holds its secret tries something. */
  refused(delivery: { source: string; id: string; eventId: string | null }): void {
    this.#received.inc({ source: delivery.source, outcome: 'conflict' });
    const line = { source: delivery.source, delivery_id: delivery.id, event_id: delivery.eventId };
    this.log.warn(line, 'A delivery was refused: its id stands for another body');
  }

  started(delayMs: number): void {
    this.#lag.observe(Math.max(0, delayMs) / 1000);
  }

  handled(handler: string): void {
    this.#handled.inc({ handler, outcome: 'handled' });
  }

  unwanted(count: number): void {
    this.#unwanted.inc(count);
  }

  failed(event: { id: string; type: string; attempt: number }, handler: string, error: unknown): void {
    this.#handled.inc({ handler, outcome: 'failed' });
    const line = { event_id: event.id, event_type: event.type, attempt: event.attempt, handler, err: error };
    this.log.warn(line, 'An event handler failed');
  }

  died(event: { id: string; type: string; attempt: number }, handlers: readonly string[]): void {
    for (const handler of handlers) this.#handled.inc({ handler, outcome: 'dead' });
    const line = { event_id: event.id, event_type: event.type, attempt: event.attempt, handlers };
    this.log.error(line, 'An event failed for the last time and is a dead letter');
  }
}
