import { LoopTurns } from './loop-turns.js';

export interface LaneWork<T> {
  /** Returns whether the next one of the lane may follow. */
  work: (item: T) => Promise<boolean>;
  /** Told of those behind one that did not let them follow. */
  giveUp: (rest: readonly T[]) => Promise<void>;
}

/**
 * Runs work side by side, but one piece after the other within a lane. Promises that no more than `concurrency` pieces
 * run at once, that lanes take turns by arrival, and that whoever else is served by the event loop has a turn in between.
 */
export class EventLanes<T> {
  readonly #tails = new Map<string, Promise<void>>();
  readonly #queue: (() => void)[] = [];
  readonly #turns = new LoopTurns();
  #running = 0;

  constructor(
    private readonly concurrency: number,
    private readonly lane: LaneWork<T>,
  ) {}

  /** Neither `work` nor `giveUp` may throw. */
  add(items: readonly T[], key: string): void {
    const tail = this.#run(items, this.#tails.get(key));
    this.#tails.set(key, tail);
    void this.#closeAfter(tail, key);
  }

  async #run(items: readonly T[], before: Promise<void> | undefined): Promise<void> {
    await before;
    for (const [i, item] of items.entries()) {
      if (await this.#inTurn(item)) continue;
      const rest = items.slice(i + 1);
      if (rest.length > 0) await this.lane.giveUp(rest);
      return;
    }
  }

  async #closeAfter(tail: Promise<void>, key: string): Promise<void> {
    await tail;
    if (this.#tails.get(key) === tail) this.#tails.delete(key);
  }

  async #inTurn(item: T): Promise<boolean> {
    if (this.#running >= this.concurrency) await new Promise<void>((resolve) => this.#queue.push(resolve));
    else this.#running++;
    try {
      while (this.#turns.isOver) await this.#turns.next();
      return await this.lane.work(item);
    } finally {
      // The place goes to the next one in the queue, or is free.
      const next = this.#queue.shift();
      if (next) next();
      else this.#running--;
    }
  }
}
