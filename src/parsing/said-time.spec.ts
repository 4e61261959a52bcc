import fc from 'fast-check';
import { isoSeconds, readSaidTime, spanOf, windowOf } from './said-time.js';
import { instantOf, wallTimeAt } from './zoned-time.js';
import { cases } from '../../test/support/properties.js';

/** Friday, 20 November 2026, 15:30 in Paris, which is 14:30 UTC. */
const HERE = { nowMs: Date.parse('2026-11-20T14:30:00Z'), timeZone: 'Europe/Paris' };

function span(text: string, here = HERE): string | undefined {
  const found = spanOf(readSaidTime(text, here), here);
  if (!found) return undefined;
  return `${isoSeconds(found.startMs)}/${found.endMs === undefined ? '' : isoSeconds(found.endMs)}`;
}

function window(text: string, here = HERE): string | undefined {
  const found = windowOf(readSaidTime(text, here), here);
  return found && `${isoSeconds(found.startMs)}/${isoSeconds(found.endMs)}`;
}

describe('a span said in words', () => {
  it.each([
    // A duration: today it ends now, on another day the work began at nine.
    ['2h on Website', '2026-11-20T12:30:00Z/2026-11-20T14:30:00Z'],
    ['2h yesterday on Website', '2026-11-19T08:00:00Z/2026-11-19T10:00:00Z'],
    ['log 2h today', '2026-11-20T12:30:00Z/2026-11-20T14:30:00Z'],
    ['1h30 yesterday', '2026-11-19T08:00:00Z/2026-11-19T09:30:00Z'],
    ['1h 30m yesterday', '2026-11-19T08:00:00Z/2026-11-19T09:30:00Z'],
    ['2 hours and 15 minutes yesterday', '2026-11-19T08:00:00Z/2026-11-19T10:15:00Z'],
    ['1.5 hours yesterday', '2026-11-19T08:00:00Z/2026-11-19T09:30:00Z'],
    ['1,5h yesterday', '2026-11-19T08:00:00Z/2026-11-19T09:30:00Z'],
    ['90 min yesterday', '2026-11-19T08:00:00Z/2026-11-19T09:30:00Z'],
    ['half an hour yesterday', '2026-11-19T08:00:00Z/2026-11-19T08:30:00Z'],
    ['an hour and a half yesterday', '2026-11-19T08:00:00Z/2026-11-19T09:30:00Z'],
    ['two and a half hours yesterday', '2026-11-19T08:00:00Z/2026-11-19T10:30:00Z'],
    ['1:30h yesterday', '2026-11-19T08:00:00Z/2026-11-19T09:30:00Z'],
    ['PT2H15M yesterday', '2026-11-19T08:00:00Z/2026-11-19T10:15:00Z'],
    // Days.
    ['3h the day before yesterday', '2026-11-18T08:00:00Z/2026-11-18T11:00:00Z'],
    ['3h three days ago', '2026-11-17T08:00:00Z/2026-11-17T11:00:00Z'],
    ['3h a week ago', '2026-11-13T08:00:00Z/2026-11-13T11:00:00Z'],
    ['3h on monday', '2026-11-16T08:00:00Z/2026-11-16T11:00:00Z'],
    ['3h last friday', '2026-11-13T08:00:00Z/2026-11-13T11:00:00Z'],
    ['3h next tue', '2026-11-24T08:00:00Z/2026-11-24T11:00:00Z'],
    ['3h on 2026-10-05', '2026-10-05T07:00:00Z/2026-10-05T10:00:00Z'],
    ['3h on 5 October', '2026-10-05T07:00:00Z/2026-10-05T10:00:00Z'],
    ['3h on Oct 5th', '2026-10-05T07:00:00Z/2026-10-05T10:00:00Z'],
    ['3h on October 5, 2025', '2025-10-05T07:00:00Z/2025-10-05T10:00:00Z'],
    ['3h on Jan 4', '2027-01-04T08:00:00Z/2027-01-04T11:00:00Z'],
    // Times of day.
    ['yesterday from 9 to 11:30', '2026-11-19T08:00:00Z/2026-11-19T10:30:00Z'],
    ['yesterday 9-11am', '2026-11-19T08:00:00Z/2026-11-19T10:00:00Z'],
    ['yesterday 11 to 1pm', '2026-11-19T10:00:00Z/2026-11-19T12:00:00Z'],
    ['yesterday 9am to 5', '2026-11-19T08:00:00Z/2026-11-19T16:00:00Z'],
    ['yesterday from 10 to 2', '2026-11-19T09:00:00Z/2026-11-19T13:00:00Z'],
    ['yesterday 1pm to 3', '2026-11-19T12:00:00Z/2026-11-19T14:00:00Z'],
    ['yesterday 22:00 to 02:00', '2026-11-19T21:00:00Z/2026-11-20T01:00:00Z'],
    ['yesterday 14:00–15:45', '2026-11-19T13:00:00Z/2026-11-19T14:45:00Z'],
    ['yesterday 11am to noon', '2026-11-19T10:00:00Z/2026-11-19T11:00:00Z'],
    ['yesterday 10pm to midnight', '2026-11-19T21:00:00Z/2026-11-19T23:00:00Z'],
    ['2h at 9 yesterday', '2026-11-19T08:00:00Z/2026-11-19T10:00:00Z'],
    ['yesterday at 2:15 p.m. for 45 minutes', '2026-11-19T13:15:00Z/2026-11-19T14:00:00Z'],
    ['start at 9am', '2026-11-20T08:00:00Z/'],
    ['started 20 minutes ago', '2026-11-20T14:10:00Z/'],
    // Written out.
    ['from 2026-11-03T09:00:00Z to 2026-11-03T10:00:00+01:00', '2026-11-03T09:00:00Z/2026-11-03T09:00:00Z'],
    ['2h from 2026-11-03T09:00:00Z', '2026-11-03T09:00:00Z/2026-11-03T11:00:00Z'],
  ])('%s', (text, expected) => {
    expect(span(text)).toBe(expected);
  });

  it.each([
    ['create a client named Acme'],
    ['rename 3 tags'],
    ['version 1.2-1.4'],
    ['channel 5 to 7'],
    ['yesterday'],
    ['monday to wednesday'],
    ['31 February 2h of nothing at all'.replace(' 2h', '')],
    ['at 25:00'],
    ['2m2 of carpet'],
    ['10000000h'],
  ])('is not read into "%s"', (text) => {
    expect(span(text)).toBeUndefined();
  });

  it('is in the zone of whoever says it, also when their day is another', () => {
    const tokyo = { nowMs: Date.parse('2026-11-20T20:00:00Z'), timeZone: 'Asia/Tokyo' };
    expect(span('yesterday 9:00-10:00', tokyo)).toBe('2026-11-20T00:00:00Z/2026-11-20T01:00:00Z');
    const honolulu = { ...tokyo, timeZone: 'Pacific/Honolulu' };
    expect(span('yesterday 9:00-10:00', honolulu)).toBe('2026-11-19T19:00:00Z/2026-11-19T20:00:00Z');
  });

  it('follows the clock on the wall when clocks change', () => {
    const spring = { nowMs: Date.parse('2026-03-30T10:00:00Z'), timeZone: 'Europe/Paris' };
    expect(span('yesterday 1:30 to 4:00', spring)).toBe('2026-03-29T00:30:00Z/2026-03-29T02:00:00Z');
    const autumn = { nowMs: Date.parse('2026-10-26T10:00:00Z'), timeZone: 'Europe/Paris' };
    expect(span('yesterday 1:30 to 4:00', autumn)).toBe('2026-10-24T23:30:00Z/2026-10-25T03:00:00Z');
  });
});

describe('a window asked about in words', () => {
  it.each([
    ['entries of yesterday', '2026-11-18T23:00:00Z/2026-11-19T22:59:59Z'],
    ['this week', '2026-11-15T23:00:00Z/2026-11-22T22:59:59Z'],
    ['last week', '2026-11-08T23:00:00Z/2026-11-15T22:59:59Z'],
    ['this month', '2026-10-31T23:00:00Z/2026-11-30T22:59:59Z'],
    ['last month', '2026-09-30T22:00:00Z/2026-10-31T22:59:59Z'],
    ['from monday to wednesday', '2026-11-15T23:00:00Z/2026-11-18T22:59:59Z'],
    ['2026-11-01 to 2026-11-03', '2026-10-31T23:00:00Z/2026-11-03T22:59:59Z'],
    ['yesterday from 9 to 12', '2026-11-19T08:00:00Z/2026-11-19T11:00:00Z'],
  ])('%s', (text, expected) => {
    expect(window(text)).toBe(expected);
  });

  it('is not read into a text that names no day', () => {
    expect(window('all clients')).toBeUndefined();
  });
});

describe('a time on the wall', () => {
  it('comes back from its instant, in every zone and hour that exists', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: Date.parse('1990-01-01'), max: Date.parse('2050-01-01') }),
        fc.constantFrom(
          'UTC',
          'Europe/Paris',
          'America/New_York',
          'Asia/Kolkata',
          'Australia/Lord_Howe',
          'Pacific/Apia',
        ),
        (ms, timeZone) => {
          const instantMs = Math.floor(ms / 1000) * 1000;
          const found = instantOf(wallTimeAt(instantMs, timeZone), timeZone);
          // The hour that comes twice is taken the first time.
          expect(wallTimeAt(found, timeZone)).toEqual(wallTimeAt(instantMs, timeZone));
          expect(
            instantMs - found === 0 || instantMs - found === 3_600_000 || instantMs - found === 1_800_000,
          ).toBe(true);
        },
      ),
      cases(500),
    );
  });
});
