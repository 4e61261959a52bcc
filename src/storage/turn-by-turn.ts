import type { PGlite } from '@electric-sql/pglite';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** A turn of the event loop that takes longer than this had something to do, and there may be more of it. */
const BUSY_TURN_MS = 0.25;
/** How long others may go first. A statement of ours takes as long. */
const OTHERS_FIRST_MS = 10;

const QUERY = 'Q'.charCodeAt(0);
const SYNC = 'S'.charCodeAt(0);

/** What pg's adapter uses of PGlite. */
type Protocol = Pick<PGlite, 'waitReady' | 'execProtocolStream'>;

/**
 * PGlite carries out a statement at once, and whoever waits for it sends the next without a turn of the event loop in
 * between: one busy loop would keep every connection from being accepted. So each statement lets others go first, and goes
 * on letting them while they have something to do, for a while.
 */
export function turnByTurn(pglite: Protocol): Protocol {
  let isWithinStatement = false;
  return {
    get waitReady() {
      return pglite.waitReady;
    },
    async execProtocolStream(message, options) {
      if (!isWithinStatement) await letOthersGoFirst();
      isWithinStatement = message[0] !== QUERY && message[0] !== SYNC;
      return pglite.execProtocolStream(message, options);
    },
  };
}

async function letOthersGoFirst(): Promise<void> {
  const untilMs = performance.now() + OTHERS_FIRST_MS;
  for (let startedMs = performance.now(); startedMs < untilMs;) {
    await nextTurn();
    const nowMs = performance.now();
    if (nowMs - startedMs < BUSY_TURN_MS) return;
    startedMs = nowMs;
  }
}
