import { Injectable } from '@nestjs/common';
import { WorkBell } from '../storage/work-bell.js';
import { FormerQueueRepository } from './former-queue.repository.js';
import { QueueObserver } from './queue-observer.js';

/** While replicas of the release before may still run beside this one, and after they have made a job. */
const WATCHED_FOR_MS = 900_000;
const LOOK_EVERY_MS = 5_000;

/**
 * Carries on what the queue of the releases before this one (pg-boss, in the schema `clankerbot_queue`) holds. Promises that each
 * of its jobs is in one of the two queues at any time, never in both.
 */
@Injectable()
export class FormerQueue {
  #watchedUntilMs = performance.now() + WATCHED_FOR_MS;

  constructor(
    private readonly repository: FormerQueueRepository,
    private readonly bell: WorkBell,
    private readonly observer: QueueObserver,
  ) {}

  /** Returns in how many milliseconds it wants to be asked again. */
  async takeOver(queues: readonly string[], isThere: boolean): Promise<number> {
    if (!isThere) return Infinity;
    const jobs = await this.#move(queues);
    if (jobs > 0) {
      this.observer.log.info({ jobs }, "Took over jobs of the former release's queue");
      this.#watchedUntilMs = performance.now() + WATCHED_FOR_MS;
      for (const queue of queues) this.bell.ring(`jobs:${queue}`);
    }
    return performance.now() < this.#watchedUntilMs ? LOOK_EVERY_MS : Infinity;
  }

  /** Where it cannot be read, what is in it waits; our own jobs do not wait for that. */
  async #move(queues: readonly string[]): Promise<number> {
    try {
      return await this.repository.takeOver(queues);
    } catch (err) {
      this.observer.log.warn({ err }, "The former release's queue cannot be taken over; trying again");
      return 0;
    }
  }
}
