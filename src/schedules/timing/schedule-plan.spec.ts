import fc from 'fast-check';
import { createRecurrence } from './recurrence.js';
import { jitterOf, type Misfire, planDue } from './schedule-plan.js';
import { cases } from '../../../test/support/properties.js';

const MINUTE = 60_000;
const T0 = Date.parse('2026-01-01T00:00:00Z');
const minutely = createRecurrence({ kind: 'cron', cron: '* * * * *' }, 'UTC');

function plan(nowMs: number, misfire: Misfire, graceMs = MINUTE) {
  const { runs, nextDueMs } = planDue({
    nextDueMs: T0,
    nextFireMs: T0,
    nowMs,
    graceMs,
    recurrence: minutely,
    misfire,
    jitterMaxMs: 0,
    jitterMs: () => 0,
  });
  return {
    runs: runs.map((run) => [run.kind, (run.dueMs - T0) / MINUTE, run.missedCount]),
    next: nextDueMs === undefined ? undefined : (nextDueMs - T0) / MINUTE,
  };
}

describe('what a schedule owes', () => {
  it.each<[string, Misfire]>([
    ['skip', { policy: 'skip' }],
    ['coalesce', { policy: 'coalesce' }],
    ['catch_up', { policy: 'catch_up', max: 2 }],
  ])('is the due time itself when it is noticed in time (%s)', (_name, misfire) => {
    expect(plan(T0 + 250, misfire)).toEqual({ runs: [['due', 0, 0]], next: 1 });
    expect(plan(T0 - 1, misfire)).toEqual({ runs: [], next: 0 });
  });

  it('after the service was away follows the policy', () => {
    const now = T0 + 5.5 * MINUTE;
    expect(plan(now, { policy: 'skip' })).toEqual({
      runs: [
        ['missed', 0, 4],
        ['due', 5, 0],
      ],
      next: 6,
    });
    expect(plan(now, { policy: 'coalesce' })).toEqual({ runs: [['coalesced', 0, 5]], next: 6 });
    expect(plan(now, { policy: 'catch_up', max: 2 })).toEqual({
      runs: [
        ['caught_up', 0, 0],
        ['caught_up', 1, 0],
        ['missed', 2, 2],
        ['due', 5, 0],
      ],
      next: 6,
    });
    expect(plan(now, { policy: 'catch_up', max: 100 }).runs).toHaveLength(6);
  });

  it('is found at once even when the service was away for years', () => {
    const started = performance.now();
    const found = plan(T0 + 5 * 525_600 * MINUTE + 1, { policy: 'coalesce' });
    expect(found.runs).toEqual([['coalesced', 0, expect.any(Number)]]);
    expect(found.next).toBe(5 * 525_600 + 1);
    expect(performance.now() - started).toBeLessThan(2_000); // One by one it would take far longer.
  });

  it('covers every due time once and in time, whenever somebody looks and however long its jitter', () => {
    const looks = fc.array(fc.integer({ min: 0, max: MINUTE }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(looks, fc.integer({ min: 0, max: 20 * MINUTE }), (steps, jitterMaxMs) => {
        const jitterMs = (dueMs: number) => jitterOf('id', dueMs, jitterMaxMs);
        let nowMs = T0;
        let next: { nextDueMs: number | undefined; nextFireMs: number } = {
          nextDueMs: T0,
          nextFireMs: T0 + jitterMs(T0),
        };
        const seen: number[] = [];
        for (const step of steps) {
          nowMs += step;
          const owed = planDue({
            ...next,
            nextDueMs: next.nextDueMs ?? 0,
            nowMs,
            graceMs: MINUTE, // Somebody looks at least as often.
            recurrence: minutely,
            misfire: { policy: 'skip' },
            jitterMaxMs,
            jitterMs,
          });
          for (const { kind, dueMs } of owed.runs) {
            expect(kind).toBe('due');
            expect(nowMs).toBeGreaterThanOrEqual(dueMs + jitterMs(dueMs));
            expect(nowMs).toBeLessThanOrEqual(dueMs + jitterMaxMs + step);
          }
          seen.push(...owed.runs.map((run) => run.dueMs));
          next = owed;
        }
        expect(seen).toEqual(seen.map((_ms, index) => T0 + index * MINUTE));
        expect(next.nextDueMs).toBe(T0 + seen.length * MINUTE);
      }),
      cases(200),
    );
  });

  it('is late from when it was to fire, and not from when it was due', () => {
    const tenMinutes = 10 * MINUTE;
    const owed = (nowMs: number) =>
      planDue({
        nextDueMs: T0,
        nextFireMs: T0 + tenMinutes,
        nowMs,
        graceMs: MINUTE,
        recurrence: minutely,
        misfire: { policy: 'skip' },
        jitterMaxMs: tenMinutes,
        jitterMs: (dueMs) => (dueMs === T0 ? tenMinutes : 0),
      });
    expect(owed(T0 + tenMinutes - 1).runs).toEqual([]);
    const all = owed(T0 + tenMinutes + MINUTE / 2);
    expect(all.runs.map((run) => [run.kind, (run.dueMs - T0) / MINUTE])).toEqual(
      Array.from({ length: 11 }, (_, minute) => ['due', minute]),
    );
    expect(all.nextFireMs).toBe(T0 + 11 * MINUTE);
    expect(owed(T0 + 2 * tenMinutes).runs[0]).toMatchObject({ kind: 'missed', dueMs: T0, missedCount: 18 });
  });

  it('is spread by jitter, the same each time it is asked', () => {
    const delays = Array.from({ length: 1000 }, (_, i) => jitterOf('schedule', T0 + i * MINUTE, 10_000));
    expect(delays.every((ms) => ms >= 0 && ms <= 10_000)).toBe(true);
    expect(new Set(delays).size).toBeGreaterThan(800);
    const mean = delays.reduce((a, b) => a + b) / delays.length;
    expect(mean).toBeGreaterThan(4000);
    expect(mean).toBeLessThan(6000);
    expect(jitterOf('schedule', T0, 10_000)).toBe(delays[0]);
  });
});
