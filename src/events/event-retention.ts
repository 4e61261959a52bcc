import { setTimeout as delay } from 'node:timers/promises';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import type { Counter } from 'prom-client';
import { Clock } from '../clock/clock.js';
import { Metrics } from '../observability/metrics.js';
import { type QueueConfig, queueConfig } from '../queue/queue.config.js';
import { DatabaseStartup } from '../storage/database-startup.js';
import { EventRetentionRepository } from './event-retention.repository.js';
import { type EventsConfig, eventsConfig } from './events.config.js';

const DAY_MS = 86_400_000;
const FIRST_AFTER_MS = 60_000;
const EVERY_MS = 3_600_000;
const BATCH = 1_000;
const PAUSE_MS = 50;

/** Deletes what is older than EVENT_RETENTION_DAYS, a little at a time, and never what still has to be handled. */
@Injectable()
export class EventRetention implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #deleted: Counter<never>;
  #timer: NodeJS.Timeout | undefined;
  #isStopping = false;

  constructor(
    @Inject(eventsConfig.token) private readonly config: EventsConfig,
    @Inject(queueConfig.token) private readonly role: QueueConfig,
    private readonly startup: DatabaseStartup,
    private readonly repository: EventRetentionRepository,
    private readonly clock: Clock,
    metrics: Metrics,
    @InjectPinoLogger('events') private readonly log: PinoLogger,
  ) {
    this.#deleted = metrics.counter('events_deleted_total', 'Events deleted because of their age.');
  }

  onApplicationBootstrap(): void {
    if (this.role.PROCESS_ROLE === 'web') return;
    this.startup.whenReady().then(
      () => this.#runIn(FIRST_AFTER_MS),
      () => undefined, // Whoever starts the service reports why it cannot.
    );
  }

  beforeApplicationShutdown(): void {
    this.#isStopping = true;
    clearTimeout(this.#timer);
  }

  /** Answers how many events were deleted. */
  async run(): Promise<number> {
    await this.repository.deleteExpiredKeys();
    if (this.config.EVENT_RETENTION_DAYS === 0) return 0;
    const before = new Date(this.clock.nowMs() - this.config.EVENT_RETENTION_DAYS * DAY_MS);
    let total = 0;
    for (;;) {
      const { deleted, isLast } = await this.repository.deleteBefore(before, BATCH);
      this.#deleted.inc(deleted);
      total += deleted;
      if (isLast || this.#isStopping) return total;
      await delay(PAUSE_MS, undefined, { ref: false });
    }
  }

  #runIn(ms: number): void {
    if (this.#isStopping) return;
    this.#timer = setTimeout(() => void this.#runAndReport(), ms).unref();
  }

  async #runAndReport(): Promise<void> {
    try {
      const events = await this.run();
      if (events > 0) this.log.info({ events }, 'Deleted old events');
    } catch (err) {
      this.log.warn({ err }, 'Old events could not be deleted; the next attempt is in an hour');
    }
    this.#runIn(EVERY_MS);
  }
}
