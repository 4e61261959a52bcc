import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { DATABASE_ENGINE, type DatabaseEngine, type Listener } from '../storage/database-engine.js';
import { DatabaseStartup } from '../storage/database-startup.js';
import { EVENTS_CHANNEL, EventDispatchRepository } from './dispatch/event-dispatch.repository.js';

const LISTEN_RETRY_MS = 1_000;
const TELL_EVERY_MS = 10;

/**
 * Says that events were stored, by this process or another one. Only a hint: whoever listens also looks by itself. The
 * others are told apart from the storing, and not of each batch: Postgres lets only one transaction with a notification
 * commit at a time.
 */
@Injectable()
export class EventBell implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #ears = new Set<() => void>();
  #listener: Listener | undefined;
  #timer: NodeJS.Timeout | undefined;
  #telling: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(
    @Inject(DATABASE_ENGINE) private readonly engine: DatabaseEngine,
    private readonly startup: DatabaseStartup,
    private readonly repository: EventDispatchRepository,
    @InjectPinoLogger('events') private readonly log: PinoLogger,
  ) {}

  ring(): void {
    this.#hear();
    if (this.engine.kind === 'pglite' || this.#isStopped) return;
    this.#telling ??= setTimeout(() => void this.#tellOthers(), TELL_EVERY_MS).unref();
  }

  /** Returns how to stop listening. */
  onRing(ear: () => void): () => void {
    this.#ears.add(ear);
    return () => this.#ears.delete(ear);
  }

  onApplicationBootstrap(): void {
    // The embedded Postgres serves one process, which rings by itself.
    if (this.engine.kind === 'pglite') return;
    this.startup.whenReady().then(
      () => this.#listen(),
      () => undefined, // Whoever starts the service reports why it cannot.
    );
  }

  async onApplicationShutdown(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#telling);
    await this.#listener?.close();
  }

  #hear(): void {
    for (const ear of this.#ears) ear();
  }

  async #tellOthers(): Promise<void> {
    this.#telling = undefined;
    try {
      await this.repository.notify();
    } catch (error) {
      this.log.debug({ err: error }, 'Other processes look for new events by themselves');
    }
  }

  async #listen(): Promise<void> {
    try {
      const listener = await this.engine.listen({
        channel: EVENTS_CHANNEL,
        onMessage: () => this.#hear(),
        onReconnect: () => this.#hear(),
      });
      if (this.#isStopped) await listener.close();
      else this.#listener = listener;
    } catch (error) {
      this.log.debug({ err: error }, 'Cannot listen for new events yet');
      if (!this.#isStopped) this.#timer = setTimeout(() => void this.#listen(), LISTEN_RETRY_MS).unref();
    }
  }
}
