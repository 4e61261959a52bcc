import { AppError } from '../../errors/app-error.js';

const RETRY_AFTER_SECONDS = 10;

/** Costly pieces of work that people ask for: one is worked on, a few wait, and more are sent away at once. */
export class OneAtATime {
  #last: Promise<void> = Promise.resolve();
  #count = 0;

  constructor(
    private readonly what: string,
    private readonly waitingMax: number,
  ) {}

  /** Work that nobody wants any more when its turn comes is not begun. */
  async run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    if (this.#count > this.waitingMax) {
      const retryAfterSeconds = RETRY_AFTER_SECONDS;
      throw new AppError('rate_limited', `Too many ${this.what} wait already`, { retryAfterSeconds });
    }
    const { promise: over, resolve: end } = Promise.withResolvers<void>();
    const before = this.#last;
    this.#last = over;
    this.#count++;
    try {
      await before;
      signal.throwIfAborted();
      return await work();
    } finally {
      this.#count--;
      end();
    }
  }
}
