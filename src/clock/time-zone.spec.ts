import { TimeZone } from './time-zone.js';
import { instantOf, wallSeconds } from './wall-time.js';

describe('a time zone', () => {
  it('is found by name or offset, and unknown under any other text', () => {
    const names = ['Europe/Paris', 'UTC', '+02:00', 'Mars/Olympus', '', 'x'.repeat(100)];
    expect(names.map((name) => TimeZone.find(name) !== undefined)).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  it('puts a midnight that clocks skip at the end of the gap', () => {
    const midnight = instantOf({ year: 2026, month: 9, day: 6 }, 'America/Santiago');
    expect(wallSeconds(midnight, 'America/Santiago')).toBe('2026-09-06T01:00:00Z');
  });

  it('takes an hour that comes twice for the first', () => {
    const twice = instantOf({ year: 2026, month: 10, day: 25, hour: 2, minute: 30 }, 'Europe/Paris');
    expect(new Date(twice).toISOString()).toBe('2026-10-25T00:30:00.000Z');
  });

  it('reads years far away, however many are asked for', () => {
    const zone = TimeZone.of('Asia/Tokyo');
    const years = Array.from({ length: 1_000 }, (_, index) => Date.UTC(1950 + index, 5, 1));
    expect(years.every((atMs) => zone.wallAt(atMs) - atMs >= 9 * 3_600_000)).toBe(true);
  });
});
