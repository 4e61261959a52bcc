import { setTimeout as delay } from 'node:timers/promises';

/** Asks again until `check` answers something truthy; the last answer, or an error, once the time is up. */
export async function eventually<T>(
  check: () => T | Promise<T>,
  { withinMs = 10_000, everyMs = 10, what = 'the expected state' } = {},
): Promise<NonNullable<T>> {
  const untilMs = performance.now() + withinMs;
  for (;;) {
    const answer = await check();
    if (answer) return answer as NonNullable<T>;
    if (performance.now() > untilMs) throw new Error(`Not seen within ${withinMs} ms: ${what}`);
    await delay(everyMs);
  }
}
