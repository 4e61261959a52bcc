/**
 * Runs work side by side, but one piece after the other within a lane. Promises that no more than `concurrency` pieces
 * run at once, and that lanes take turns by arrival.
 */
export class EventLanes<T> {
  readonly #tails = new Map<string, Promise<void>>();
  readonly #queue: (() => void)[] = [];
  #running = 0;

  constructor(
    private readonly concurrency: number,
    private readonly work: (item: T) => Promise<void>,
  ) {}

  add(item: T, lane: string | null): void {
    if (lane === null) {
      void this.#inTurn(item);
      return;
    }
    const before = this.#tails.get(lane);
    const tail = (before ?? Promise.resolve()).then(() => this.#inTurn(item));
    this.#tails.set(lane, tail);
    void this.#closeAfter(tail, lane);
  }

  async #closeAfter(tail: Promise<void>, lane: string): Promise<void> {
    await tail;
    if (this.#tails.get(lane) === tail) this.#tails.delete(lane);
  }

  async #inTurn(item: T): Promise<void> {
    if (this.#running >= this.concurrency) await new Promise<void>((resolve) => this.#queue.push(resolve));
    this.#running++;
    try {
      await this.work(item);
    } finally {
      this.#running--;
      this.#queue.shift()?.();
    }
  }
}
