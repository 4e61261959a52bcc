import type { ThrottlerStorage } from '@nestjs/throttler';
import fc from 'fast-check';
import { cases } from '../support/properties.js';

export interface TestedStorage {
  storage: ThrottlerStorage;
  /** Sets the time that the storage goes by. */
  setTimeMs(timeMs: number): Promise<void>;
}

/** Long, so that nothing expires by the real clock while a test plays with its own. */
const HOUR_MS = 3_600_000;
const START_MS = Date.parse('2030-01-01T00:00:00Z');

/** What every storage of token buckets promises; `start` is called once, and keys are new in each test. */
export function describeThrottlerStorage(name: string, start: () => Promise<TestedStorage>): void {
  describe(`token buckets in ${name}`, () => {
    let tested: TestedStorage;
    let counter = 0;
    const newKey = (): string => `contract:${++counter}`;
    beforeAll(async () => {
      tested = await start();
    });
    beforeEach(() => tested.setTimeMs(START_MS));

    const take = (key: string, limit: number, ttlMs = HOUR_MS) =>
      tested.storage.increment(key, ttlMs, limit, 0, 'contract');
    const takeMany = async (key: string, limit: number, count: number) => {
      const records = [];
      for (let i = 0; i < count; i++) records.push(await take(key, limit));
      return records;
    };
    const after = (ms: number) => tested.setTimeMs(START_MS + ms);

    it('admits as many as the limit at once, and counts down what remains', async () => {
      const records = await takeMany(newKey(), 3, 4);
      expect(records.map((r) => r.isBlocked)).toEqual([false, false, false, true]);
      expect(records.map((r) => Math.max(0, 3 - r.totalHits))).toEqual([2, 1, 0, 0]);
    });

    it('says when there is a token again, and there is one then and not a second sooner', async () => {
      const key = newKey();
      const refused = (await takeMany(key, 6, 7)).at(-1)!;
      expect(refused.timeToBlockExpire).toBe(600);
      await after(599_000);
      expect((await take(key, 6)).isBlocked).toBe(true);
      await after(600_000);
      expect((await take(key, 6)).isBlocked).toBe(false);
      expect((await take(key, 6)).isBlocked).toBe(true);
    });

    it('says when it is full again, and it holds no more than its limit then or later', async () => {
      const key = newKey();
      const last = (await takeMany(key, 6, 4)).at(-1)!;
      expect(last.timeToExpire).toBe(2400);
      await after(10 * HOUR_MS);
      expect((await takeMany(key, 6, 7)).filter((r) => !r.isBlocked)).toHaveLength(6);
    });

    it('does not charge for a refused request', async () => {
      const key = newKey();
      await takeMany(key, 2, 50);
      await after(HOUR_MS / 2);
      expect((await take(key, 2)).isBlocked).toBe(false);
    });

    it('keeps the buckets of different keys apart', async () => {
      const [one, other] = [newKey(), newKey()];
      await takeMany(one, 2, 3);
      expect((await take(other, 2)).totalHits).toBe(1);
    });

    it('admits no more than the limit when many come in the same moment', async () => {
      const key = newKey();
      const records = await Promise.all(Array.from({ length: 100 }, () => take(key, 20)));
      expect(records.filter((r) => !r.isBlocked)).toHaveLength(20);
    });

    it('locks nobody out for longer than an empty bucket would when the clock is set back', async () => {
      const key = newKey();
      await after(24 * HOUR_MS);
      await takeMany(key, 6, 6);
      await after(0);
      expect((await take(key, 6)).timeToBlockExpire).toBeLessThanOrEqual(600);
      await after(600_000);
      expect((await take(key, 6)).isBlocked).toBe(false);
    });

    it('goes by a new limit at once when the configuration has changed', async () => {
      const key = newKey();
      await takeMany(key, 100, 100);
      const record = await take(key, 10);
      expect(record.isBlocked).toBe(true);
      expect(record.timeToBlockExpire).toBeLessThanOrEqual(360);
      await after(360_000);
      expect((await take(key, 10)).isBlocked).toBe(false);
    });

    it('admits at random arrival times exactly what the definition of a token bucket admits', async () => {
      const limits = fc.constantFrom(1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 15, 60);
      const arrivals = fc.array(
        fc.record({
          key: fc.integer({ min: 0, max: 2 }),
          afterMs: fc.oneof(
            fc.constant(0),
            fc.integer({ min: 0, max: 60_000 }),
            fc.integer({ min: 0, max: HOUR_MS }),
          ),
        }),
        { maxLength: 60 },
      );
      await fc.assert(
        fc.asyncProperty(limits, arrivals, async (limit, requests) => {
          const keys = [newKey(), newKey(), newKey()];
          const models = keys.map(() => new ExactBucket(limit, HOUR_MS, START_MS));
          let nowMs = START_MS;
          for (const { key, afterMs } of requests) {
            nowMs += afterMs;
            await tested.setTimeMs(nowMs);
            const { isBlocked, totalHits } = await take(keys[key]!, limit);
            const model = models[key]!;
            const isAllowed = model.take(nowMs);
            expect({ isAllowed: !isBlocked, remaining: Math.max(0, limit - totalHits) }).toEqual({
              isAllowed,
              remaining: isAllowed ? model.wholeTokens() : 0,
            });
          }
        }),
        cases(100),
      );
    });
  });
}

/** A token bucket by the book, in exact fractions: credit is counted in tokens times the filling time. */
class ExactBucket {
  readonly #limit: bigint;
  readonly #ttlMs: bigint;
  #credit: bigint;
  #atMs: bigint;

  constructor(limit: number, ttlMs: number, nowMs: number) {
    this.#limit = BigInt(limit);
    this.#ttlMs = BigInt(ttlMs);
    this.#credit = this.#limit * this.#ttlMs;
    this.#atMs = BigInt(nowMs);
  }

  take(nowMs: number): boolean {
    const filled = this.#credit + (BigInt(nowMs) - this.#atMs) * this.#limit;
    const most = this.#limit * this.#ttlMs;
    this.#credit = filled > most ? most : filled;
    this.#atMs = BigInt(nowMs);
    if (this.#credit < this.#ttlMs) return false;
    this.#credit -= this.#ttlMs;
    return true;
  }

  wholeTokens(): number {
    return Number(this.#credit / this.#ttlMs);
  }
}
