interface Waiting<T> {
  item: T;
  resolve: () => void;
  reject: (error: unknown) => void;
}

const MOST_PER_COMMIT = 200;
const MOST_IN_FLIGHT = 2;

/**
 * Gathers what is to be written at the same moment into one commit. Promises that `add` resolves once its item is
 * committed. Alone, an item is written at once: nobody waits for company.
 */
export class CommitGatherer<T> {
  #waiting: Waiting<T>[] = [];
  #inFlight = 0;
  #isScheduled = false;

  constructor(private readonly write: (items: readonly T[]) => Promise<void>) {}

  add(item: T): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      this.#schedule();
    });
  }

  /** After the callbacks of this turn, so that requests read in the same turn share a commit. */
  #schedule(): void {
    if (this.#isScheduled || this.#inFlight >= MOST_IN_FLIGHT) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      if (this.#waiting.length > 0) void this.#commit(this.#waiting.splice(0, MOST_PER_COMMIT));
      if (this.#waiting.length > 0) this.#schedule();
    });
  }

  async #commit(batch: readonly Waiting<T>[]): Promise<void> {
    this.#inFlight++;
    try {
      await this.write(batch.map(({ item }) => item));
      for (const { resolve } of batch) resolve();
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      this.#inFlight--;
      if (this.#waiting.length > 0) this.#schedule();
    }
  }
}
