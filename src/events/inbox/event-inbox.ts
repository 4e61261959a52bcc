import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import { DATABASE_ENGINE, type DatabaseEngine } from '../../storage/database-engine.js';
import type { Delivery, Receipt } from './delivery.js';
import { DeliveryGatherer } from './delivery-gatherer.js';
import { EventBell } from '../event-bell.js';
import { EventObserver } from '../event-observer.js';
import { EventStore, type StoredRow } from './event-store.js';
import { type EventRow, eventRowOf } from './event-row.js';
import { SenderIds } from './sender-ids.js';
import { SenderIdTakenError } from '../events.errors.js';
import { type EventsConfig, eventsConfig } from '../events.config.js';

const MIB = 1024 * 1024;
const DAY_SECONDS = 86_400;

/** The one way in. Promises that a receipt means: committed, and queued for every handler unless it is a repeat. */
@Injectable()
export class EventInbox {
  readonly #gatherer: DeliveryGatherer<EventRow, StoredRow>;

  constructor(
    @Inject(eventsConfig.token) private readonly config: EventsConfig,
    @Inject(DATABASE_ENGINE) engine: DatabaseEngine,
    private readonly clock: Clock,
    bell: EventBell,
    private readonly observer: EventObserver,
    store: EventStore,
    private readonly ids: SenderIds,
  ) {
    const isEmbedded = engine.kind === 'pglite';
    this.#gatherer = new DeliveryGatherer(
      {
        // A server stores while the next ones are read; the embedded Postgres stores in place of reading.
        eagerBatch: isEmbedded ? 200 : 32,
        usualInFlight: 1,
        maxInFlight: isEmbedded ? 1 : 3,
        maxBatch: 200,
        maxWaitMs: 2,
        deadlineMs: 950,
        capacityBytes: 32 * MIB,
      },
      async (rows, withinMs) => {
        const stored = await store.store(rows, withinMs);
        bell.ring();
        return stored;
      },
    );
  }

  /** Deliveries not yet stored; for the metric. */
  get waitingCount(): number {
    return this.#gatherer.waitingCount;
  }

  async receive(delivery: Delivery, bodyBytes: number, isForsaken?: () => boolean): Promise<Receipt> {
    const row = eventRowOf(delivery, {
      now: this.clock.now(),
      windowSeconds: this.config.WEBHOOK_DEDUPE_WINDOW_SECONDS,
      keptSeconds: this.config.EVENT_RETENTION_DAYS * DAY_SECONDS,
      bytes: bodyBytes,
    });
    if (delivery.repeatKey.kind === 'signed' && delivery.repeatKey.isIdUnique) await this.#claimId(row);
    const { original } = await this.#gatherer.add(row, bodyBytes, isForsaken);
    const isDuplicate = original !== row.id;
    this.observer.received(row.s, isDuplicate);
    return { eventId: original, isDuplicate };
  }

  async #claimId(row: EventRow): Promise<void> {
    const holder = await this.ids.holderOf(row);
    if (holder === undefined || row.d === null) return;
    this.observer.refused({ source: row.s, id: row.d, eventId: holder.eventId });
    throw new SenderIdTakenError(row.d, holder.eventId);
  }
}
