import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import type { Counter } from 'prom-client';
import { Clock } from '../clock/clock.js';
import { Metrics } from '../observability/metrics.js';
import { BackgroundTasks } from '../queue/background-tasks.js';
import { EventRetentionRepository } from './event-retention.repository.js';
import { type EventsConfig, eventsConfig } from './events.config.js';

const DAY_MS = 86_400_000;
const FIRST_AFTER_MS = 60_000;
const EVERY_MS = 3_600_000;
const BATCH = 1_000;
const PAUSE_MS = 50;

/** Deletes what is older than EVENT_RETENTION_DAYS, a little at a time, and never what still has to be handled. */
@Injectable()
export class EventRetention implements OnModuleInit {
  readonly #deleted: Counter<never>;

  constructor(
    @Inject(eventsConfig.token) private readonly config: EventsConfig,
    private readonly tasks: BackgroundTasks,
    private readonly repository: EventRetentionRepository,
    private readonly clock: Clock,
    metrics: Metrics,
    @InjectPinoLogger('events') private readonly log: PinoLogger,
  ) {
    this.#deleted = metrics.counter('events_deleted_total', 'Events deleted because of their age.');
  }

  onModuleInit(): void {
    this.tasks.add({
      name: 'event-retention',
      everyMs: EVERY_MS,
      firstAfterMs: FIRST_AFTER_MS,
      run: (signal) => this.run(signal),
    });
  }

  /** Returns how many events were deleted. */
  async run(signal?: AbortSignal): Promise<number> {
    await this.repository.deleteExpiredKeys();
    if (this.config.EVENT_RETENTION_DAYS === 0) return 0;
    const before = new Date(this.clock.nowMs() - this.config.EVENT_RETENTION_DAYS * DAY_MS);
    const events = await this.#deleteBefore(before, signal);
    if (events > 0) this.log.info({ events }, 'Deleted old events');
    return events;
  }

  async #deleteBefore(before: Date, signal?: AbortSignal): Promise<number> {
    let total = 0;
    for (;;) {
      const { deleted, isLast } = await this.repository.deleteBefore(before, BATCH);
      this.#deleted.inc(deleted);
      total += deleted;
      if (isLast || signal?.aborted) return total;
      await delay(PAUSE_MS, undefined, { ref: false });
    }
  }
}
