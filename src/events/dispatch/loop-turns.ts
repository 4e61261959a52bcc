/** Of one turn: as long as a new connection should wait behind it. Node accepts a few connections in each turn. */
const TURN_MS = 3;

/** Says when work that waits for nothing has had enough of a turn of the event loop. */
export class LoopTurns {
  #endsAtMs: number | undefined;
  #next: Promise<void> | undefined;

  get isOver(): boolean {
    if (this.#endsAtMs === undefined) {
      this.#endsAtMs = performance.now() + TURN_MS;
      void this.next();
      return false;
    }
    return performance.now() > this.#endsAtMs;
  }

  /** Resolves once everybody else has had a turn. */
  next(): Promise<void> {
    this.#next ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#endsAtMs = undefined;
        this.#next = undefined;
        resolve();
      });
    });
    return this.#next;
  }
}
