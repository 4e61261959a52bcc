import { setTimeout as delay } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { WorkLoop } from '../../clock/work-loop.js';
import { ServiceState } from '../../observability/service-state.js';
import { BackgroundTasks } from '../../queue/background-tasks.js';
import { EventBell } from '../event-bell.js';
import { EventDispatcher } from './event-dispatcher.js';

/** Should a notification be lost, and a lease end of which nobody knows. */
const LONGEST_SLEEP_MS = 20_000;
/** Between two claims under load: what arrives meanwhile shares the next one. */
const CLAIM_EVERY_MS = 20;
const EXTEND_EVERY_MS = 2_500;
const LAST_CALL_MS = 1_000;

/**
 * Keeps claiming from the moment the service is ready until it stops. Sleeps until the next event comes due or a lease
 * ends, and is woken by new events. Does nothing in a process that only serves the web.
 */
@Injectable()
export class EventDispatchLoop implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #loop: WorkLoop;
  #timer: NodeJS.Timeout | undefined;
  #isStopping = false;

  constructor(
    private readonly tasks: BackgroundTasks,
    private readonly bell: EventBell,
    private readonly dispatcher: EventDispatcher,
    private readonly state: ServiceState,
  ) {
    this.#loop = new WorkLoop({
      work: () => this.#claim(),
      longestSleepMs: LONGEST_SLEEP_MS,
      onFailure: (err) => dispatcher.log.warn({ err }, 'Events cannot be claimed'),
    });
  }

  onApplicationBootstrap(): void {
    this.tasks.whenWorking(() => this.#start());
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#isStopping = true;
    await this.#loop.stop();
    const isIdle = await this.dispatcher.untilIdle(Math.max(0, this.state.remainingGraceMs() - LAST_CALL_MS));
    clearInterval(this.#timer);
    if (isIdle) return;
    await this.dispatcher.releaseAll().catch((err: unknown) => {
      this.dispatcher.log.warn({ err }, 'Unfinished events return when their lease ends');
    });
  }

  #start(): void {
    if (this.#isStopping) return;
    this.bell.onRing(() => this.#loop.nudge());
    this.dispatcher.onProgress(() => this.#loop.nudge());
    this.#timer = setInterval(() => void this.#extend(), EXTEND_EVERY_MS).unref();
    this.#loop.start();
  }

  async #claim(): Promise<number | undefined> {
    const startedMs = performance.now();
    const restMs = await this.dispatcher.claim();
    await delay(Math.max(0, CLAIM_EVERY_MS - (performance.now() - startedMs)));
    return restMs;
  }

  async #extend(): Promise<void> {
    try {
      await this.dispatcher.extendLeases();
    } catch (error) {
      this.dispatcher.log.debug({ err: error }, 'The leases of events cannot be extended');
    }
  }
}
