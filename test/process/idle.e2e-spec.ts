import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { startService, stopAllServices } from '../support/service.js';

/** How often the main thread has given up its processor by itself: each time it fell asleep. Linux counts it. */
function sleepsOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/task/${pid}/status`, 'utf8');
  return Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(status)?.[1]);
}

describe('a service that has nothing to do', () => {
  afterAll(stopAllServices);

  it('sleeps: it is not woken many times a second by a timer of its own', async () => {
    const service = await startService({ DATA_DIR: '.' });
    await service.untilReady();
    const pid = service.child.pid ?? NaN;
    const perSecond = async (): Promise<number> => {
      const [before, startedMs] = [sleepsOf(pid), performance.now()];
      await delay(1_000);
      return (sleepsOf(pid) - before) / ((performance.now() - startedMs) / 1000);
    };
    // The least of several seconds: there is still something to do when it has just started.
    let least = Infinity;
    for (let i = 0; i < 10 && least > 30; i++) least = Math.min(least, await perSecond());
    expect(least).toBeLessThan(30);
    expect(least).toBeGreaterThanOrEqual(0);
  }, 60_000);
});
