import { Injectable } from '@nestjs/common';
import { Sight } from '../clock/sight.js';
import { SharedClock } from '../clock/shared-clock.js';
import { WorkLoop } from '../clock/work-loop.js';
import { WorkBell } from '../storage/work-bell.js';
import { FormerQueue } from './former-queue.js';
import { type Look, JobUpkeepRepository, type Policies } from './job-upkeep.repository.js';
import { QueueObserver } from './queue-observer.js';
import { BEAT_EVERY_MS, LEASE_SECONDS } from './queue-policy.js';

const LEASE_MS = LEASE_SECONDS * 1000;
/** Between two looks that find the same lease ended. */
const LEAST_MS = 250;
/** The one look of a process that has nothing to do: a word can be lost. */
const LONGEST_SLEEP_MS = 60_000;
/** Where nobody tells of new work. */
const DEAF_SLEEP_MS = 1_000;

/** What the workers of this process say to it, and it to them. */
export interface UpkeepWorkers {
  held: () => readonly string[];
  wake: () => void;
}

/**
 * Gives jobs of dead workers to others, and finds what nobody was told of. Promises to look when the first lease can have
 * ended, to judge nobody whom the database could not hear, and to ask it once a minute while there is no job.
 */
@Injectable()
export class QueueUpkeep {
  readonly #loop = new WorkLoop({
    work: () => this.#work(),
    longestSleepMs: LONGEST_SLEEP_MS,
    onFailure: (err) => {
      this.lostSight();
      this.observer.log.debug({ err }, 'Jobs of dead workers cannot be looked for');
    },
  });
  #policies: Policies = new Map();
  #workers: UpkeepWorkers = { held: () => [], wake: () => undefined };
  readonly #sight = new Sight(BEAT_EVERY_MS);
  #nextLookAtMs = 0;
  #soon: NodeJS.Timeout | undefined;
  #deafen: (() => void) | undefined;

  constructor(
    private readonly repository: JobUpkeepRepository,
    private readonly former: FormerQueue,
    private readonly clock: SharedClock,
    private readonly bell: WorkBell,
    private readonly observer: QueueObserver,
  ) {}

  start(policies: Policies, workers: UpkeepWorkers): void {
    this.#policies = policies;
    this.#workers = workers;
    this.#deafen = this.clock.onStep((stepMs) => void this.#clockWasSet(stepMs));
    this.#loop.start();
    void this.#mendTimes();
  }

  async stop(): Promise<void> {
    this.#deafen?.();
    clearTimeout(this.#soon);
    await this.#loop.stop();
  }

  /** Whoever takes the new job can be dead one lease from now; not worth a look before. */
  heardOfWork(): void {
    if (this.#nextLookAtMs <= performance.now() + LEASE_MS) return;
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      this.#loop.nudge();
    }, LEASE_MS).unref();
  }

  /** The database could not be asked, by this process or perhaps by all: then nobody could say that they live. */
  lostSight(): void {
    this.#sight.lose();
  }

  async #work(): Promise<number> {
    this.#nextLookAtMs = Infinity; // Until it is known: what is heard of meanwhile may come too late for this look.
    const queues = [...this.#policies.keys()];
    const look = await this.repository.look(queues, this.#workers.held());
    const mayJudgeInMs = this.#sight.regain();
    if (look.leaseEndsInMs <= 0 && mayJudgeInMs === 0) await this.#takeOver();
    if (look.readyInMs <= 0) this.#workers.wake();
    const formerInMs = await this.former.takeOver(queues, look.hasFormerQueue);
    const dueInMs = Math.max(Math.min(this.#dueInMs(look, mayJudgeInMs), formerInMs), LEAST_MS);
    this.#nextLookAtMs = performance.now() + Math.min(dueInMs, LONGEST_SLEEP_MS);
    return dueInMs;
  }

  #dueInMs({ leaseEndsInMs, readyInMs }: Look, mayJudgeInMs: number): number {
    const deadInMs = Math.max(leaseEndsInMs, mayJudgeInMs);
    const takerDeadInMs = Math.max(readyInMs, 0) + LEASE_MS;
    return Math.min(deadInMs, takerDeadInMs, this.bell.isListening ? Infinity : DEAF_SLEEP_MS);
  }

  async #takeOver(): Promise<void> {
    const { back, dead } = await this.repository.takeOver(this.#policies, this.#workers.held());
    if (back > 0) {
      this.observer.log.warn({ jobs: back }, 'Took over jobs of a worker that died');
      for (const queue of this.#policies.keys()) this.bell.ring(`jobs:${queue}`);
    }
    if (dead > 0)
      this.observer.log.error(
        { jobs: dead },
        'The workers of jobs died again and again, and the jobs are dead letters',
      );
  }

  async #clockWasSet(stepMs: number): Promise<void> {
    if (stepMs < 0) await this.#mendTimes();
    this.#workers.wake();
    this.#loop.nudge();
  }

  async #mendTimes(): Promise<void> {
    try {
      const jobs = await this.repository.mendTimes(this.#policies);
      if (jobs === 0) return;
      this.observer.log.warn({ jobs }, 'Jobs waited for a time of a clock that was ahead; mended');
      this.#workers.wake();
    } catch (err) {
      this.observer.log.warn({ err }, 'The times of jobs cannot be looked through');
    }
  }
}
