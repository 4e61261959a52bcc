import type { Server } from 'node:http';
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';

const LOOK_EVERY_MS = 10;
const SHORT_TURN_MS = 1;
const CHOOSY_FOR_MS = 500;

/** Who comes to a server from now on: connections that it accepts, or requests that it reads. */
export class Arrivals {
  #count = 0;

  constructor(server: Server, of: 'connection' | 'request') {
    server.prependListener(of, () => this.#count++);
  }

  get count(): number {
    return this.#count;
  }

  /** Resolves when nobody has come for a while, or as soon as it need not go on. */
  async untilQuiet(forMs: number, mayGoOn: () => boolean): Promise<void> {
    let [seen, sinceMs] = [this.#count, performance.now()];
    while (performance.now() - sinceMs < forMs && mayGoOn()) {
      await delay(LOOK_EVERY_MS);
      if (this.#count !== seen) [seen, sinceMs] = [this.#count, performance.now()];
    }
  }

  /**
   * Resolves in a turn of the event loop that found nobody, or as soon as it need not go on. Node takes one connection of
   * each of the kernel's queues in a turn, so a turn without one says that they were empty a moment ago: what is closed then
   * resets nobody. A short turn is waited for at first, because it leaves the least time for somebody to come meanwhile.
   */
  async untilNobodyWaits(mayGoOn: () => boolean): Promise<void> {
    const choosyUntilMs = performance.now() + CHOOSY_FOR_MS;
    await nextTurn();
    while (mayGoOn()) {
      const [seen, startedMs] = [this.#count, performance.now()];
      await nextTurn();
      const nowMs = performance.now();
      const isGood = nowMs - startedMs < SHORT_TURN_MS || nowMs > choosyUntilMs;
      if (this.#count === seen && isGood) return;
    }
  }
}
