import { outsideWorkspace } from './workspace.js';

interface Waiting<T, R> {
  item: T;
  resolve: (result: R) => void;
  reject: (error: unknown) => void;
}

/**
 * Does at once what is asked for at the same time. Promises that `add` is answered from a call of `work` that began after
 * it; alone, an item does not wait for company. What is done together is done by the service itself, whoever asked for it first.
 */
export class Batcher<T, R> {
  #waiting: Waiting<T, R>[] = [];
  #inFlight = 0;
  #isScheduled = false;

  constructor(
    private readonly work: (items: readonly T[]) => Promise<readonly R[]>,
    private readonly limits: { perCall: number; inFlight: number } = { perCall: 200, inFlight: 2 },
  ) {}

  add(item: T): Promise<R> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#isScheduled || this.#inFlight >= this.limits.inFlight) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      if (this.#waiting.length > 0) this.#begin(this.#waiting.splice(0, this.limits.perCall));
      if (this.#waiting.length > 0) this.#schedule();
    });
  }

  #begin(batch: readonly Waiting<T, R>[]): void {
    outsideWorkspace(() => void this.#run(batch));
  }

  async #run(batch: readonly Waiting<T, R>[]): Promise<void> {
    this.#inFlight++;
    try {
      const results = await this.work(batch.map(({ item }) => item));
      batch.forEach(({ resolve }, index) => resolve(results[index] as R));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      this.#inFlight--;
      if (this.#waiting.length > 0) this.#schedule();
    }
  }
}
