import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';

const REST_MAX_MS = 1000;

/**
 * Pieces of work that hold the processor for tens of milliseconds each, one after the other. Promises that between two
 * of them the event loop has as much time for everything else as the piece before took.
 */
@Injectable()
export class HeavyTurns {
  #last: Promise<void> = Promise.resolve();
  #restedAtMs = 0;

  async take<T>(work: () => T): Promise<T> {
    const { promise: over, resolve: end } = Promise.withResolvers<void>();
    const before = this.#last;
    this.#last = over;
    try {
      await before;
      await this.#rest();
      return this.#timed(work);
    } finally {
      end();
    }
  }

  async #rest(): Promise<void> {
    const leftMs = this.#restedAtMs - performance.now();
    await (leftMs > 0 ? delay(leftMs) : nextTurn());
  }

  #timed<T>(work: () => T): T {
    const startedMs = performance.now();
    try {
      return work();
    } finally {
      const endedMs = performance.now();
      this.#restedAtMs = endedMs + Math.min(endedMs - startedMs, REST_MAX_MS);
    }
  }
}
