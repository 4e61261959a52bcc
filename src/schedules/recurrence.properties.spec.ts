import fc from 'fast-check';
import { createRecurrence } from './timing/recurrence.js';
import { TimeZone } from '../clock/time-zone.js';
import { cases } from '../../test/support/properties.js';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

interface Pattern {
  minutes: readonly number[];
  hours: readonly number[];
}

/** What a clock on the wall shows, asked of Intl in another way than the product does. */
function wallClock(zone: string): (ms: number) => number {
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    dateStyle: 'short',
    timeStyle: 'medium',
  });
  return (ms) => Date.parse(`${format.format(ms).replace(' ', 'T')}Z`);
}

/**
 * The oracle walks minute by minute and keeps the latest wall time seen: each matching wall minute that is passed for the
 * first time fires, where it is passed.
 */
function firedBetween(zone: string, pattern: Pattern, fromMs: number, toMs: number): number[] {
  const wallAt = wallClock(zone);
  const fired: number[] = [];
  let latest = -Infinity;
  for (let ms = fromMs - 26 * HOUR_MS; ms <= toMs; ms += MINUTE_MS) {
    const wall = wallAt(ms);
    const isFirst = latest === -Infinity;
    for (let w = isFirst ? wall : latest + MINUTE_MS; w <= wall; w += MINUTE_MS) {
      const shown = new Date(w);
      const matches =
        pattern.minutes.includes(shown.getUTCMinutes()) && pattern.hours.includes(shown.getUTCHours());
      if (matches && ms > fromMs && ms <= toMs && fired.at(-1) !== ms) fired.push(ms);
    }
    latest = Math.max(latest, wall);
  }
  return fired;
}

/** One transition for each kind there is: the same turn of the clocks at the same wall time tests the same thing. */
function transitions(): { zone: string; atMs: number }[] {
  const kinds = new Map<string, { zone: string; atMs: number }>();
  for (const zone of Intl.supportedValuesOf('timeZone')) {
    for (const year of [1995, 2011, 2026, 2037]) {
      for (const atMs of TimeZone.of(zone).transitionsIn(year)) {
        if (atMs % MINUTE_MS !== 0) continue;
        const [before, after] = [TimeZone.of(zone).wallAt(atMs - 1), TimeZone.of(zone).wallAt(atMs)];
        const key = [year < 2026, (before + 1) % 86_400_000, after - before].join();
        if (!kinds.has(key)) kinds.set(key, { zone, atMs });
      }
    }
  }
  return [...kinds.values()];
}

const TRANSITIONS = transitions();

const pattern = fc.oneof(
  fc.record({
    minutes: fc.uniqueArray(fc.integer({ min: 0, max: 59 }), { minLength: 1, maxLength: 4 }),
    hours: fc.uniqueArray(fc.integer({ min: 0, max: 23 }), { minLength: 1, maxLength: 24 }),
  }),
  fc.record({
    minutes: fc.constantFrom([0], [30], [0, 15, 30, 45]),
    hours: fc.constant(Array.from({ length: 24 }, (_, hour) => hour)),
  }),
);

describe('due times against a brute-force oracle', () => {
  it('covers transitions of every kind', () => {
    expect(TRANSITIONS.length).toBeGreaterThan(20);
  });

  it.each(TRANSITIONS)('agrees within three hours of the change in $zone at $atMs', ({ zone, atMs }) => {
    fc.assert(
      fc.property(pattern, (p) => {
        const recurrence = createRecurrence(
          { kind: 'cron', cron: `${p.minutes.join()} ${p.hours.join()} * * *` },
          zone,
        );
        const [fromMs, toMs] = [atMs - 3 * HOUR_MS, atMs + 3 * HOUR_MS];
        const fired: number[] = [];
        for (
          let next = recurrence.next(fromMs);
          next !== undefined && next <= toMs;
          next = recurrence.next(next)
        ) {
          fired.push(next);
        }
        expect(fired).toEqual(firedBetween(zone, p, fromMs, toMs));
      }),
      cases(2),
    );
  });

  it('agrees in every zone at each of its changes of one year', () => {
    const everyTwentyMinutes = {
      minutes: [0, 20, 40],
      hours: Array.from({ length: 24 }, (_, hour) => hour),
    };
    for (const zone of Intl.supportedValuesOf('timeZone')) {
      const recurrence = createRecurrence({ kind: 'cron', cron: '*/20 * * * *' }, zone);
      for (const atMs of TimeZone.of(zone).transitionsIn(2026)) {
        const fired: number[] = [];
        const [fromMs, toMs] = [atMs - 3 * HOUR_MS, atMs + 3 * HOUR_MS];
        for (let next = recurrence.next(fromMs) ?? Infinity; next <= toMs;) {
          fired.push(next);
          next = recurrence.next(next) ?? Infinity;
        }
        expect({ zone, fired }).toEqual({
          zone,
          fired: firedBetween(zone, everyTwentyMinutes, fromMs, toMs),
        });
      }
    }
  });
});
