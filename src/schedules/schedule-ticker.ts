import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { type QueueConfig, queueConfig } from '../queue/queue.config.js';
import { DatabaseStartup } from '../storage/database-startup.js';
import { ScheduleFiring } from './schedule-firing.js';

const TICK_MS = 250;

/** Asks the database four times a second what is due. The clock that counts is in the rows; a tick that is late or lost loses nothing. */
@Injectable()
export class ScheduleTicker implements BeforeApplicationShutdown {
  #isStopped = false;
  #ticking: Promise<void> | undefined;
  #isFailing = false;

  constructor(
    private readonly firing: ScheduleFiring,
    private readonly startup: DatabaseStartup,
    @Inject(queueConfig.token) private readonly config: QueueConfig,
    @InjectPinoLogger('schedules') private readonly log: PinoLogger,
  ) {}

  @Interval('schedules', TICK_MS)
  tick(): Promise<void> {
    if (this.#isStopped || !this.startup.isReady || this.config.PROCESS_ROLE === 'web')
      return Promise.resolve();
    this.#ticking ??= this.#work().finally(() => (this.#ticking = undefined));
    return this.#ticking;
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#isStopped = true;
    await this.#ticking;
  }

  async #work(): Promise<void> {
    try {
      while (!this.#isStopped && (await this.firing.fireSome())) continue;
      await this.firing.settleFlows();
      this.#isFailing = false;
    } catch (err) {
      if (!this.#isFailing) this.log.warn({ err }, 'Due schedules cannot be looked up; trying again');
      this.#isFailing = true;
    }
  }
}
