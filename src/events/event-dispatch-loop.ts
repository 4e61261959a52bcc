import { setTimeout as delay } from 'node:timers/promises';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { ServiceState } from '../observability/service-state.js';
import { type QueueConfig, queueConfig } from '../queue/queue.config.js';
import { DatabaseStartup } from '../storage/database-startup.js';
import { EventBell } from './event-bell.js';
import { EventDispatcher } from './event-dispatcher.js';

/** Finds retries that have come due, leases that have ended, and new events should a notification be lost. */
const POLL_MS = 1_000;
/** Between two claims under load: what arrives meanwhile shares the next one. */
const CLAIM_EVERY_MS = 20;
const RETRY_FIRST_MS = 250;
const RETRY_LONGEST_MS = 5_000;
const EXTEND_EVERY_MS = 2_500;
const LAST_CALL_MS = 1_000;

/** Keeps claiming from the moment the service is ready until it stops. Does nothing in a process that only serves the web. */
@Injectable()
export class EventDispatchLoop implements OnApplicationBootstrap, BeforeApplicationShutdown {
  #loop: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #wakeUp: (() => void) | undefined;
  #isWoken = false;
  #isStopping = false;
  #retryMs = 0;

  constructor(
    @Inject(queueConfig.token) private readonly config: QueueConfig,
    private readonly startup: DatabaseStartup,
    private readonly bell: EventBell,
    private readonly dispatcher: EventDispatcher,
    private readonly state: ServiceState,
  ) {}

  onApplicationBootstrap(): void {
    if (this.config.PROCESS_ROLE === 'web') return;
    this.startup.whenReady().then(
      () => this.#start(),
      () => undefined, // Whoever starts the service reports why it cannot.
    );
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#isStopping = true;
    this.#wake();
    await this.#loop;
    const isIdle = await this.dispatcher.untilIdle(Math.max(0, this.state.remainingGraceMs() - LAST_CALL_MS));
    clearInterval(this.#timer);
    if (isIdle) return;
    await this.dispatcher.releaseAll().catch((err: unknown) => {
      this.dispatcher.log.warn({ err }, 'Unfinished events return when their lease ends');
    });
  }

  #start(): void {
    if (this.#isStopping) return;
    this.bell.onRing(() => this.#wake());
    this.dispatcher.onProgress(() => this.#wake());
    this.#timer = setInterval(() => void this.#extend(), EXTEND_EVERY_MS).unref();
    this.#loop = this.#run();
  }

  async #run(): Promise<void> {
    while (!this.#isStopping) {
      this.#isWoken = false;
      const startedMs = performance.now();
      try {
        const count = await this.dispatcher.claim();
        this.#retryMs = 0;
        if (count === 0 && !this.#isWoken) await this.#sleep(POLL_MS);
        else await delay(Math.max(0, CLAIM_EVERY_MS - (performance.now() - startedMs)));
      } catch (error) {
        await this.#waitAfter(error);
      }
    }
  }

  async #waitAfter(error: unknown): Promise<void> {
    if (this.#retryMs === 0) this.dispatcher.log.warn({ err: error }, 'Events cannot be claimed');
    this.#retryMs = Math.min(Math.max(this.#retryMs * 2, RETRY_FIRST_MS), RETRY_LONGEST_MS);
    await this.#sleep(this.#retryMs);
  }

  async #extend(): Promise<void> {
    try {
      await this.dispatcher.extendLeases();
    } catch (error) {
      this.dispatcher.log.debug({ err: error }, 'The leases of events cannot be extended');
    }
  }

  #wake(): void {
    this.#isWoken = true;
    this.#wakeUp?.();
  }

  async #sleep(ms: number): Promise<void> {
    if (this.#isStopping) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms).unref();
    this.#wakeUp = resolve;
    await promise;
    this.#wakeUp = undefined;
    clearTimeout(timer);
  }
}
