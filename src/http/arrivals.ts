import type { Server } from 'node:http';
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';

const LOOK_EVERY_MS = 10;
/** How long a turn is waited for that is no longer than so: who is under load has few short ones. */
const CHOOSY = [
  { forMs: 250, turnMs: 0.1 },
  { forMs: 250, turnMs: 0.3 },
  { forMs: 500, turnMs: 1 },
];

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
   * resets nobody. The shortest turns are waited for at first, because they leave the least time for somebody to come meanwhile.
   */
  async untilNobodyWaits(mayGoOn: () => boolean): Promise<void> {
    const beganMs = performance.now();
    await nextTurn();
    while (mayGoOn()) {
      const [seen, startedMs] = [this.#count, performance.now()];
      await nextTurn();
      const nowMs = performance.now();
      if (this.#count === seen && nowMs - startedMs < longestTurnMs(nowMs - beganMs)) return;
    }
  }
}

function longestTurnMs(waitedMs: number): number {
  let untilMs = 0;
  return CHOOSY.find(({ forMs }) => waitedMs < (untilMs += forMs))?.turnMs ?? Infinity;
}
