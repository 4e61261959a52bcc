import { setTimeout as delay } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { SystemClock } from '../../clock/clock.js';
import { type BudgetStore, type Lease, MemoryBudgetStore } from './budget-store.js';
import { RequestBudget } from './request-budget.js';
import { grant, type GrantRequest } from './request-grants.js';

const clock = new SystemClock();
const interactive = { priority: 'interactive' } as const;
const background = { priority: 'background' } as const;

function budget(store: BudgetStore, limit: number, windowMs: number, maxWaitMs = 5_000): RequestBudget {
  return new RequestBudget(store, { name: 'b', limit, windowMs, maxWaitMs }, clock);
}

class CountingStore extends MemoryBudgetStore {
  leases = 0;
  override lease(name: string, request: GrantRequest): Promise<Lease> {
    this.leases += 1;
    return super.lease(name, request);
  }
}

/** The most that fell into any window of this length. */
function busiest(timesMs: readonly number[], windowMs: number): number {
  return Math.max(...timesMs.map((from) => timesMs.filter((t) => t >= from && t < from + windowMs).length));
}

describe('grant', () => {
  const request = { limit: 10, windowMs: 1000, wanted: 4, isBackground: false };

  it('grants what is left of the limit in the window', () => {
    expect(grant([[500, 7]], 1000, request)).toMatchObject({ granted: 3 });
    expect(grant([[500, 7]], 1501, request)).toMatchObject({ granted: 4, grants: [[1501, 4]] });
  });

  it('says how long until there is something', () => {
    expect(
      grant(
        [
          [400, 1],
          [500, 9],
        ],
        1000,
        request,
      ),
    ).toMatchObject({ granted: 0, waitMs: 400 });
  });

  it('keeps the last tenth from background calls', () => {
    const asBackground = { ...request, isBackground: true };
    expect(grant([[500, 9]], 1000, asBackground)).toMatchObject({ granted: 0, waitMs: 500 });
    expect(grant([[500, 9]], 1000, request)).toMatchObject({ granted: 1 });
  });
});

describe('a request budget', () => {
  describe('on a clock of its own', () => {
    // How late a busy machine calls back is not what is measured here.
    beforeEach(() => void jest.useFakeTimers());
    afterEach(() => void jest.useRealTimers());

    it('lets no more through in any window than the limit and what replicas hold ahead', async () => {
      const store = new MemoryBudgetStore(clock);
      const replicas = [budget(store, 50, 250), budget(store, 50, 250)];
      const sentMs: number[] = [];
      const send = async (index: number): Promise<void> => {
        await replicas[index % 2]?.take(interactive);
        sentMs.push(clock.nowMs());
      };
      for (let i = 0; i < 200; i++) {
        void send(i);
        await jest.advanceTimersByTimeAsync(i % 3);
      }
      await jest.advanceTimersByTimeAsync(1_000);
      expect(sentMs).toHaveLength(200);
      expect(busiest(sentMs, 250)).toBeLessThanOrEqual(50 + 2 * 2);
      // No slower than the limit demands either: the last of four windows begins after three.
      expect((sentMs.at(-1) ?? Infinity) - (sentMs[0] ?? 0)).toBeLessThan(4 * 250);
    });

    it('lets interactive calls go before background ones that came first', async () => {
      const scarce = budget(new MemoryBudgetStore(clock), 10, 150);
      const order: string[] = [];
      for (let i = 0; i < 10; i++) void scarce.take(interactive);
      await jest.advanceTimersByTimeAsync(1);
      for (const request of [background, background, background, interactive, interactive, interactive]) {
        void scarce.take(request).then(() => order.push(request.priority));
      }
      await jest.advanceTimersByTimeAsync(1_000);
      expect(order).toEqual([...Array(3).fill('interactive'), ...Array(3).fill('background')]);
    });
  });

  it('asks the store ahead of need, and less often than it lets calls through', async () => {
    const store = new CountingStore(clock);
    const ample = budget(store, 10_000, 1000);
    await ample.take(interactive);
    await delay(1);
    for (let i = 0; i < 1000; i++) await ample.take(interactive);
    expect(store.leases).toBeLessThan(20);
  });

  it('tells at once who would wait too long, and when to come back', async () => {
    const hourly = budget(new MemoryBudgetStore(clock), 2, 3_600_000, 20_000);
    await hourly.take(interactive);
    await hourly.take(interactive);
    await expect(hourly.take(interactive)).rejects.toMatchObject({
      code: 'rate_limited',
      retryAfterSeconds: expect.any(Number),
    });
    const error = (await hourly.take(interactive).catch((e: unknown) => e)) as { retryAfterSeconds: number };
    expect(error.retryAfterSeconds).toBeGreaterThan(3_500);
  });

  it('lets a caller go who no longer wants to wait', async () => {
    const slow = budget(new MemoryBudgetStore(clock), 1, 10_000, 60_000);
    await slow.take(interactive);
    const abort = new AbortController();
    const waiting = slow.take({ ...interactive, signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });
});
