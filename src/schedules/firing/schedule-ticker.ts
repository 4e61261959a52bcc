import { setTimeout as delay } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { SharedClock } from '../../clock/shared-clock.js';
import { WorkLoop } from '../../clock/work-loop.js';
import { BackgroundTasks } from '../../queue/background-tasks.js';
import { WorkBell } from '../../storage/work-bell.js';
import { ScheduleFiring } from './schedule-firing.js';

/** What nobody was told of is found. */
const LOOK_AT_LEAST_EVERY_MS = 30_000;
/** Flows of schedules end many at a time, and each end rings. */
const REST_MS = 20;

/**
 * Sleeps until the next schedule is due, and is woken when one is due sooner or a flow of one has ended. The times that
 * count are in the rows; a look that is late or lost loses nothing.
 */
@Injectable()
export class ScheduleTicker implements OnModuleInit, BeforeApplicationShutdown {
  readonly #stopping = new AbortController();
  readonly #loop: WorkLoop;

  constructor(
    private readonly firing: ScheduleFiring,
    private readonly tasks: BackgroundTasks,
    private readonly bell: WorkBell,
    private readonly clock: SharedClock,
    @InjectPinoLogger('schedules') private readonly log: PinoLogger,
  ) {
    this.#loop = new WorkLoop({
      work: () => this.#work(),
      longestSleepMs: LOOK_AT_LEAST_EVERY_MS,
      onFailure: (err) => log.warn({ err }, 'Due schedules cannot be looked up; trying again'),
    });
  }

  onModuleInit(): void {
    this.tasks.whenWorking(() => this.#start());
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#stopping.abort();
    await this.#loop.stop();
  }

  #start(): void {
    if (this.#stopping.signal.aborted) return;
    this.bell.listen('schedules', { onRing: () => this.#loop.nudge() });
    this.clock.onStep((stepMs) => void this.#clockWasSet(stepMs));
    this.#loop.start();
    void this.#mendTimes();
  }

  /** Returns after how many milliseconds to look again. */
  async #work(): Promise<number> {
    const dueInMs = await this.firing.fireDue(this.#stopping.signal);
    await this.firing.settleFlows();
    await delay(Math.min(REST_MS, dueInMs));
    return dueInMs - REST_MS;
  }

  async #clockWasSet(stepMs: number): Promise<void> {
    if (stepMs < 0) await this.#mendTimes();
    this.#loop.nudge();
  }

  async #mendTimes(): Promise<void> {
    try {
      const schedules = await this.firing.mendTimes();
      if (schedules > 0)
        this.log.warn({ schedules }, 'Schedules waited for a time of a clock that was ahead; mended');
    } catch (err) {
      this.log.warn({ err }, 'The times of schedules cannot be looked through');
    }
  }
}
