import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import type { Counter } from 'prom-client';
import { Clock } from '../../clock/clock.js';
import { Metrics } from '../../observability/metrics.js';
import { WebhookVolumesRepository } from './webhook-volumes.repository.js';
import { type WebhooksConfig, webhooksConfig } from '../sources.config.js';
import { SourceFullError } from '../sources.errors.js';

const MIB = 1024 * 1024;
const DAY_MS = 86_400_000;
/** How far a replica may be behind the others in what they have stored. */
const TELL_EVERY_MS = 5_000;
const LONGEST_RETRY_SECONDS = 3_600;

interface Volume {
  day: string;
  /** What all replicas had stored when this one last told. */
  told: number;
  /** What this one has stored since. */
  untold: number;
  /** Whether it is about to tell. */
  isTimed: boolean;
}

/**
 * Bounds what a source can store in a day (UTC), so that nobody who may deliver can fill the disk. Promises to refuse once the
 * bound is reached, later than it by no more than what arrives within five seconds; and to ask the database nothing while
 * nothing arrives.
 */
@Injectable()
export class WebhookVolumes implements BeforeApplicationShutdown {
  readonly #limit: number;
  readonly #volumes = new Map<string, Volume>();
  readonly #asking = new Map<string, Promise<void>>();
  readonly #stored: Counter<'source'>;

  constructor(
    @Inject(webhooksConfig.token) config: WebhooksConfig,
    private readonly repository: WebhookVolumesRepository,
    private readonly clock: Clock,
    metrics: Metrics,
    @InjectPinoLogger('webhooks') private readonly log: PinoLogger,
  ) {
    this.#limit = config.WEBHOOK_MAX_STORED_MB_PER_DAY * MIB;
    this.#stored = metrics.counter(
      'webhook_stored_bytes_total',
      'Bytes of bodies stored, by source; WEBHOOK_MAX_STORED_MB_PER_DAY bounds them per day.',
      ['source'],
    );
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([...this.#volumes.keys()].map((source) => this.#tell(source)));
  }

  /** Throws SourceFullError where the source has stored as much today as it may. A promise only where that must be asked. */
  check(source: string): void | Promise<void> {
    if (this.#limit === 0) return;
    const day = this.#today();
    if (this.#volumes.get(source)?.day === day) return this.#refuseIfFull(source);
    return this.#begin(source, day).then(() => this.#refuseIfFull(source));
  }

  count(source: string, bytes: number): void {
    this.#stored.inc({ source }, bytes);
    const volume = this.#volumes.get(source);
    if (!volume) return;
    volume.untold += bytes;
    this.#tellLater(source, volume);
  }

  #refuseIfFull(source: string): void {
    const { told = 0, untold = 0 } = this.#volumes.get(source) ?? {};
    if (told + untold < this.#limit) return;
    throw new SourceFullError(Math.min(LONGEST_RETRY_SECONDS, Math.ceil(this.#untilTomorrowMs() / 1000)));
  }

  /** The first delivery of a source's day asks what other replicas have stored of it; the others wait with it. */
  #begin(source: string, day: string): Promise<void> {
    const asking =
      this.#asking.get(source) ?? this.#ask(source, day).finally(() => this.#asking.delete(source));
    this.#asking.set(source, asking);
    return asking;
  }

  async #ask(source: string, day: string): Promise<void> {
    await this.#tell(source);
    const told = await this.repository.add({ source, day, bytes: 0 });
    this.#volumes.set(source, { day, told, untold: 0, isTimed: false });
    await this.repository.removeBefore(day);
  }

  #tellLater(source: string, volume: Volume): void {
    if (volume.isTimed) return;
    volume.isTimed = true;
    const tell = (): void => {
      volume.isTimed = false;
      void this.#tell(source);
    };
    setTimeout(tell, TELL_EVERY_MS).unref();
  }

  async #tell(source: string): Promise<void> {
    const volume = this.#volumes.get(source);
    if (!volume || volume.untold === 0) return;
    const { day, untold: bytes } = volume;
    volume.untold = 0;
    volume.told += bytes;
    try {
      volume.told = await this.repository.add({ source, day, bytes });
    } catch (err) {
      volume.told -= bytes;
      volume.untold += bytes;
      this.log.warn({ err, source }, 'What a source has stored cannot be written down; trying again');
      this.#tellLater(source, volume);
    }
  }

  #today(): string {
    return this.clock.now().toISOString().slice(0, 10);
  }

  #untilTomorrowMs(): number {
    return DAY_MS - (this.clock.nowMs() % DAY_MS);
  }
}
