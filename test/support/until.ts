import { setTimeout as delay } from 'node:timers/promises';

interface Patience {
  /** Generous, since only a failure waits so long: a busy machine is no fault. */
  withinMs?: number;
  everyMs?: number;
  what?: string | (() => string);
}

/** Asks again and again until the answer is truthy, and answers it; fails after the time with what it waited for. */
export async function until<T>(
  check: () => T | Promise<T>,
  { withinMs = 30_000, everyMs = 10, what = 'the expected state' }: Patience = {},
): Promise<NonNullable<T>> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const answer = await check();
    if (answer) return answer;
    if (performance.now() > deadline) {
      throw new Error(`Waited ${withinMs} ms in vain for ${typeof what === 'function' ? what() : what}`);
    }
    await delay(everyMs);
  }
}
