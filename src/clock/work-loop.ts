import { setImmediate as nextTurn } from 'node:timers/promises';

const RETRY_FIRST_MS = 250;
const RETRY_LONGEST_MS = 5_000;

export interface WorkLoopOptions {
  /**
   * One round of work. Returns in how many milliseconds more will be due: 0 for at once, undefined where nothing is known
   * of. Keep it short: between two rounds everything else of the process has its turn.
   */
  work: () => Promise<number | undefined>;
  /** The longest sleep: a nudge can be lost, and clocks can be set. */
  longestSleepMs: number;
  /** Told of a failure that follows no other. */
  onFailure: (error: unknown) => void;
}

/**
 * Works while there is something to do and sleeps until there is more. Promises that a nudge is never slept through, that
 * failures are tried again with growing waits, whoever nudges, and that no round begins after `stop` was called.
 */
export class WorkLoop {
  #loop: Promise<void> = Promise.resolve();
  #wakeUp: (() => void) | undefined;
  #isNudged = false;
  #isStarted = false;
  #isStopped = false;
  #retryMs = 0;

  constructor(private readonly options: WorkLoopOptions) {}

  get isFailing(): boolean {
    return this.#retryMs > 0;
  }

  start(): void {
    if (this.#isStarted || this.#isStopped) return;
    this.#isStarted = true;
    this.#loop = this.#run();
  }

  /** There is something to do; also while a round is under way, which may have looked already. */
  nudge(): void {
    this.#isNudged = true;
    if (!this.isFailing) this.#wakeUp?.();
  }

  /** Resolves once the round that is under way is over. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#wakeUp?.();
    await this.#loop;
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      this.#isNudged = false;
      await this.#sleep(await this.#round());
      await nextTurn();
    }
  }

  /** Returns how long to sleep. */
  async #round(): Promise<number> {
    try {
      const dueInMs = (await this.options.work()) ?? Infinity;
      this.#retryMs = 0;
      return Math.min(dueInMs, this.options.longestSleepMs);
    } catch (error) {
      if (this.#retryMs === 0) this.options.onFailure(error);
      this.#retryMs = Math.min(Math.max(this.#retryMs * 2, RETRY_FIRST_MS), RETRY_LONGEST_MS);
      this.#isNudged = false;
      return this.#retryMs;
    }
  }

  async #sleep(ms: number): Promise<void> {
    if (ms <= 0 || this.#isNudged || this.#isStopped) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms).unref();
    this.#wakeUp = resolve;
    await promise;
    this.#wakeUp = undefined;
    clearTimeout(timer);
  }
}
