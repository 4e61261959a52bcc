import { setTimeout as delay } from 'node:timers/promises';

/** Asks again and again until the answer is true; fails after the time-out with what it waited for. */
export async function until(
  isDone: () => boolean | Promise<boolean>,
  options: { timeoutMs?: number; everyMs?: number; what?: string | (() => string) } = {},
): Promise<void> {
  const deadline = performance.now() + (options.timeoutMs ?? 10_000);
  while (!(await isDone())) {
    if (performance.now() > deadline) {
      const what = typeof options.what === 'function' ? options.what() : (options.what ?? 'a condition');
      throw new Error(`Waited in vain for ${what}`);
    }
    await delay(options.everyMs ?? 20);
  }
}
