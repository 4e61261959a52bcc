/**
 * What waits for one of several places, by owner. Promises that owners take turns however much each of them brings, and
 * that where there are several places, no owner has all of them.
 */
export class FairQueue<T> {
  /** In the order in which they come next. */
  readonly #waiting = new Map<string, T[]>();
  readonly #taken = new Map<string, number>();

  constructor(private readonly places: number) {}

  add(owner: string, item: T): void {
    const items = this.#waiting.get(owner);
    if (items) items.push(item);
    else this.#waiting.set(owner, [item]);
  }

  /** The next that may have a place; `done` is to be called when it gives it back. */
  take(): { item: T; done: () => void } | undefined {
    for (const [owner, items] of this.#waiting) {
      if (this.#takenBy(owner) >= Math.max(1, this.places - 1)) continue;
      const item = items.shift() as T;
      this.#waiting.delete(owner);
      if (items.length > 0) this.#waiting.set(owner, items);
      this.#count(owner, 1);
      return { item, done: () => this.#count(owner, -1) };
    }
    return undefined;
  }

  /** All that wait, which wait no longer. */
  drain(): T[] {
    const items = [...this.#waiting.values()].flat();
    this.#waiting.clear();
    return items;
  }

  #takenBy(owner: string): number {
    return this.#taken.get(owner) ?? 0;
  }

  #count(owner: string, change: number): void {
    const count = this.#takenBy(owner) + change;
    if (count === 0) this.#taken.delete(owner);
    else this.#taken.set(owner, count);
  }
}
