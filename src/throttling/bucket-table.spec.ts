import fc from 'fast-check';
import { BucketTable } from './bucket-table.js';
import { bucketSize } from './token-bucket.js';
import { cases } from '../../test/support/properties.js';

const SIZE = bucketSize(10, 10_000); // a token a second
const SECOND_US = 1_000_000;

describe('the table of buckets', () => {
  it('keeps a bucket for each key', () => {
    const table = new BucketTable(100_000);
    for (let i = 0; i < 50_000; i++) table.take(`10.0.${i >> 8}.${i & 255}:/route`, SIZE, SECOND_US);
    expect(table.size).toBe(50_000);
    for (let i = 0; i < 50_000; i += 997) {
      expect(table.take(`10.0.${i >> 8}.${i & 255}:/route`, SIZE, SECOND_US).debtUs).toBe(2 * SECOND_US);
    }
  });

  it('never holds more than its limit', () => {
    const table = new BucketTable(1000);
    for (let i = 0; i < 50_000; i++) table.take(`client ${i}`, SIZE, i * 1000);
    expect(table.size).toBe(1000);
  });

  it('gives a new key the place of one that is full again, instead of growing', () => {
    const table = new BucketTable(1000);
    for (let i = 0; i < 5000; i++) table.take(`client ${i}`, SIZE, i * 2 * SECOND_US);
    expect(table.size).toBe(1);
  });

  it('forgets a bucket that is full before one that is not, and then the one nearest to full', () => {
    const table = new BucketTable(3);
    const take = (key: string, times: number, nowUs: number) => {
      for (let i = 0; i < times; i++) table.take(key, SIZE, nowUs);
    };
    take('empty', 10, 0);
    take('half', 5, 0);
    take('nearly full', 2, 0);
    take('newcomer', 9, SECOND_US);
    take('second newcomer', 8, 6 * SECOND_US);
    expect(table.size).toBe(3);
    const at = 6 * SECOND_US;
    expect(table.take('empty', SIZE, at).debtUs).toBe(5 * SECOND_US);
    expect(table.take('newcomer', SIZE, at).debtUs).toBe(5 * SECOND_US);
    expect(table.take('second newcomer', SIZE, at).debtUs).toBe(9 * SECOND_US);
  });

  it('decides like a table without a limit as long as no more keys are unfull than it has places', () => {
    const step = fc.record({
      key: fc.integer({ min: 0, max: 40 }),
      afterUs: fc.integer({ min: 0, max: 4 * SECOND_US }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        // A token a second and a step every two on average: of 41 keys never more than 41 are unfull.
        const small = new BucketTable(41);
        const large = new BucketTable(1000);
        const decide = (table: BucketTable) => {
          let nowUs = 0;
          return steps.map(({ key, afterUs }) => table.take(`k${key}`, SIZE, (nowUs += afterUs)));
        };
        expect(decide(small)).toEqual(decide(large));
        expect(small.size).toBeLessThanOrEqual(41);
      }),
      cases(),
    );
  });

  it('keeps every unfull bucket among ever new keys', () => {
    const step = fc.record({
      isNew: fc.boolean(),
      key: fc.integer({ min: 0, max: 9 }),
      afterUs: fc.nat(SECOND_US),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
        const table = new BucketTable(500);
        const fullAtUs = new Map<string, number>();
        let nowUs = SECOND_US;
        const differences = steps.flatMap(({ isNew, key, afterUs }, i) => {
          nowUs += afterUs;
          const name = isNew ? `new ${i}` : `regular ${key}`;
          const debtUs = Math.max(0, (fullAtUs.get(name) ?? 0) - nowUs);
          const isAllowed = debtUs + SIZE.intervalUs <= SIZE.capacityUs;
          const expected = { isAllowed, debtUs: isAllowed ? debtUs + SIZE.intervalUs : debtUs };
          const taken = table.take(name, SIZE, nowUs);
          fullAtUs.set(name, nowUs + expected.debtUs);
          const isSame = taken.isAllowed === expected.isAllowed && taken.debtUs === expected.debtUs;
          return isSame ? [] : [{ i, name, taken, expected }];
        });
        expect(differences).toEqual([]);
        const unfull = [...fullAtUs.values()].filter((fullAt) => fullAt > nowUs).length;
        expect(table.size).toBeGreaterThanOrEqual(unfull);
      }),
      cases(),
    );
  });
});
