import fc from 'fast-check';
import { type SaidSpan, spanOf } from './said-span.js';
import { isoSeconds, readSaidTime } from './said-time.js';
import { windowOf } from './said-window.js';
import { instantOf, wallTimeAt } from '../../clock/wall-time.js';
import { cases } from '../../../test/support/properties.js';
import { takesLessThan } from '../../../test/support/takes-less-than.js';

/** Friday, 20 November 2026, 15:30 in Paris, which is 14:30 UTC. */
const HERE = { nowMs: Date.parse('2026-11-20T14:30:00Z'), timeZone: 'Europe/Paris' };

/** `start/end`, either of which may be missing; what is wrong; or undefined where nothing about time is said. */
function written(found: SaidSpan): string | undefined {
  if (!found || 'fault' in found) return found?.fault;
  const { startMs, endMs } = found;
  return [startMs, endMs].map((ms) => (ms === undefined ? '' : isoSeconds(ms))).join('/');
}

const span = (text: string, here = HERE): string | undefined =>
  written(spanOf(readSaidTime(text, here), here));
const window = (text: string, here = HERE): string | undefined =>
  written(windowOf(readSaidTime(text, here), here));

/** The piece of the text that is said not to be understood, or what else the fault says. */
const unread = (piece: string): string => `cannot be told: ${JSON.stringify(piece)} is not understood`;

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
    ['3h on 2026-11-5', '2026-11-05T08:00:00Z/2026-11-05T11:00:00Z'],
    ['3h on 2026/11/05', '2026-11-05T08:00:00Z/2026-11-05T11:00:00Z'],
    ['3h on May 5th', '2026-05-05T07:00:00Z/2026-05-05T10:00:00Z'],
    ['3h on Jan 4, 2027', '2027-01-04T08:00:00Z/2027-01-04T11:00:00Z'],
    ['3h on Thursday, 19 November', '2026-11-19T08:00:00Z/2026-11-19T11:00:00Z'],
    ['3h on wed', '2026-11-18T08:00:00Z/2026-11-18T11:00:00Z'],
    ['last sat 3h', '2026-11-14T08:00:00Z/2026-11-14T11:00:00Z'],
    ['3h thu on Website', '2026-11-19T08:00:00Z/2026-11-19T11:00:00Z'],
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
    ['1h at 9 on Website', '2026-11-20T08:00:00Z/2026-11-20T09:00:00Z'],
    ['log 2h since 9:00', '2026-11-20T08:00:00Z/2026-11-20T10:00:00Z'],
    ['started at 22:00 ended at 2:00 yesterday', '2026-11-19T21:00:00Z/2026-11-20T01:00:00Z'],
    ['started at 9:00 ended at 11:00 yesterday', '2026-11-19T08:00:00Z/2026-11-19T10:00:00Z'],
    ['2h yesterday, 9 to 11am', '2026-11-19T08:00:00Z/2026-11-19T10:00:00Z'],
    ['2h of meetings with 3 people yesterday at 10', '2026-11-19T09:00:00Z/2026-11-19T11:00:00Z'],
    ['yesterday,2h', '2026-11-19T08:00:00Z/2026-11-19T10:00:00Z'],
    ['start a timer at 9', '2026-11-20T08:00:00Z/'],
    // The time at which it ended.
    ['2h until 17:00', '2026-11-20T14:00:00Z/2026-11-20T16:00:00Z'],
    ['2h ending at 17:00', '2026-11-20T14:00:00Z/2026-11-20T16:00:00Z'],
    ['2h before 17:00', '2026-11-20T14:00:00Z/2026-11-20T16:00:00Z'],
    ['yesterday 2h till 5pm', '2026-11-19T14:00:00Z/2026-11-19T16:00:00Z'],
    ['2h yesterday until midnight', '2026-11-19T21:00:00Z/2026-11-19T23:00:00Z'],
    ['1h, finished 20 minutes ago', '2026-11-20T13:10:00Z/2026-11-20T14:10:00Z'],
    ['2h until 2026-11-03T09:00:00Z', '2026-11-03T07:00:00Z/2026-11-03T09:00:00Z'],
    // Words and numbers that are none.
    ['2h on "Sun 5/11 at 9"', '2026-11-20T12:30:00Z/2026-11-20T14:30:00Z'],
    ['2h on release v1.2 for 64a687e29ae1f428e7ebe303', '2026-11-20T12:30:00Z/2026-11-20T14:30:00Z'],
    ['what I am doing, 2h', '2026-11-20T12:30:00Z/2026-11-20T14:30:00Z'],
    ['- 2h on bug that may recur', '2026-11-20T12:30:00Z/2026-11-20T14:30:00Z'],
    ['1h 30 yesterday', '2026-11-19T08:00:00Z/2026-11-19T09:30:00Z'],
    ['2  hours\nyesterday', '2026-11-19T08:00:00Z/2026-11-19T10:00:00Z'],
    // Written out.
    ['from 2026-11-03T09:00:00Z to 2026-11-03T11:00:00+01:00', '2026-11-03T09:00:00Z/2026-11-03T10:00:00Z'],
    ['2h from 2026-11-03T09:00:00Z', '2026-11-03T09:00:00Z/2026-11-03T11:00:00Z'],
  ])('%s', (text, expected) => {
    expect(span(text)).toBe(expected);
  });

  it.each([
    'create a client named Acme',
    'rename 3 tags',
    'version 1.2-1.4',
    '2m2 of carpet',
    'restart the server at the office',
  ])('is not looked for in "%s"', (text) => {
    expect(span(text)).toBeUndefined();
  });

  it.each([
    // Dates that are not read, or are none.
    ['log 2h on 5.11.2026', '5.11.2026'],
    ['log 2h on 05/11/2026', '05/11/2026'],
    ['log 2h on 5/11', '5/11'],
    ['log 2h on 5.11', 'on 5.11'],
    ['log 2h on Feb 29', 'on feb'],
    ['log 2h on 31 Nov', '1 nov'],
    ['31 February of nothing at all', 'february'],
    ['log 2h on 2026-02-30', '2026-02-30'],
    ['log 2h on 0050-01-01', '0050-01-01'],
    ['2h from 2026-02-31T09:00:00Z', '2026-02-31'],
    ['2h from 2026-13-45T99:99:00Z', '2026-13-45'],
    ['2h from 2026-11-03T09:00', '2026-11-03'],
    ['log 2h on the 5th', 'the 5th'],
    ['log 2h on October 5-7', 'october'],
    ['log 2h on 5 and 6 October', 'october'],
    ['log 2h on Jan 4', 'on jan'],
    ['2h in october', 'october'],
    ['2h in 2025', 'in 2025'],
    ['2h for the month of May', 'of may'],
    // Days.
    ['log 2h last night', 'last night'],
    ['log 2h yesterday afternoon', 'yesterday afternoon'],
    ['log 2h this morning', 'this morning'],
    ['sat with Bob for 2h', 'sat'],
    ['2h with sun microsystems', 'sun'],
    ['2h on sun microsystems', 'sun'],
    ['log 2h next week', 'next week'],
    ['log 2h three months ago', 'ago'],
    ['log 2h two days before monday', 'days before'],
    ['2h on monday of last week', 'monday'],
    ['log 2 days on Website', '2 days'],
    ['log 2 hours every day this week', 'every day'],
    ['2h a day yesterday', 'a day'],
    ['4h per day yesterday', 'per day'],
    ['2h every monday', 'every monday'],
    // Times of day.
    ['log work 9h-11h yesterday', '9h'],
    ['log work from 9h to 11h', '9h'],
    ['at 14h30 for 1h', '14h30'],
    ['14h30 yesterday', '14h30'],
    ['at 25:00', '25:00'],
    ['1h at 9.30', 'at 9.30'],
    ['1h at three', 'at three'],
    ['1h at 3 yesterday', 'at 3'],
    ['2h until 5', 'until 5'],
    ['2h yesterday 14 to 16', '14 to 16'],
    ['channel 5 to 7', '5 to 7'],
    ['1h at half past nine', 'half past'],
    ["1h at nine o'clock", 'at nine'],
    ['2h to 17:00', '17:00'],
    ['2h after 17:00', '17:00'],
    // What is said beside what is read.
    ['yesterday 10:00-11:00 and 13:00-14:00', '13:00'],
    ['1h at 9 and 1h at 15', 'at 15'],
    ['1h at 9:00 and 13:00', '13:00'],
    ['2h on Website, 1h on Shop', '1h'],
    // Durations.
    ['-2h yesterday', '2h'],
    ['2-3h yesterday', '3h'],
    ['2 or 3 hours yesterday', '3 hours'],
    ['thirty five minutes', 'five minutes'],
    ['twenty minutes yesterday', 'twenty minutes'],
    ['three quarters of an hour', 'quarters of an hour'],
    ['start in 20 minutes', '20 minutes'],
    ['2h 30 tickets yesterday', '2h'],
    ['2h 30 seconds', '2h'],
    ['10000000h', '10000000h'],
  ])('is not told from "%s"', (text, piece) => {
    expect(span(text)).toContain('is not understood');
    expect(span(text)).toContain(unread(piece));
  });

  it.each([
    ['yesterday', 'no duration and no times'],
    ['until 17:00 yesterday', 'no start and no duration'],
    ['ended at 17:00', 'no start and no duration'],
    ['log standup at 9', 'neither an end nor a duration'],
    ['log work 2 hours ago', 'neither an end nor a duration'],
    ['monday to wednesday', 'one day'],
    ['2h this week', 'one day'],
    ['2h since monday', 'one day'],
    ['2h on monday and tuesday', 'one day'],
    ['2h yesterday from 9:00 to 12:00', 'do not agree'],
    ['start a timer for 2h', 'no duration'],
    ['2h 20 minutes ago yesterday', 'more than one way'],
    ['from 2026-11-03T10:00:00Z to 2026-11-03T09:00:00Z', 'not after'],
    ['from 2026-11-03T09:00:00Z to 2026-11-03T10:00:00+01:00', 'not after'],
    ['2h from 9999-12-31T23:59:59-12:00', 'out of the years'],
    ['2h on 9999-12-31 at 23:00', 'out of the years'],
  ])('says what is missing in "%s"', (text, fault) => {
    expect(span(text)).toContain(fault);
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

  it('has no time that the clocks skip', () => {
    const spring = { nowMs: Date.parse('2026-03-30T10:00:00Z'), timeZone: 'Europe/Paris' };
    for (const text of ['2:30 to 3:30', '1:30 to 2:30', '1h at 2:15', '1h until 2:59'])
      expect(span(`yesterday ${text}`, spring)).toContain('skip');
  });

  it('without a year is of the last time that the day came, unless the next is near', () => {
    const on = (day: string): typeof HERE => ({ nowMs: Date.parse(`${day}T12:00:00Z`), timeZone: 'UTC' });
    expect(span('1h on Dec 28', on('2026-01-03'))).toContain('2025-12-28T09');
    expect(span('1h on Jan 3', on('2026-01-03'))).toContain('2026-01-03T11');
    expect(span('1h on Feb 28', on('2026-11-20'))).toContain('2026-02-28T09');
    expect(span('1h on Jan 2', on('2026-12-30'))).toContain(unread('on jan'));
    expect(span('1h on Jan 2', on('2027-01-02'))).toContain('2027-01-02T11');
    expect(span('1h on Feb 29', on('2025-01-10'))).toContain('2024-02-29T09');
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
    ['entries from last week', '2026-11-08T23:00:00Z/2026-11-15T22:59:59Z'],
    ['2026-11-01 - 2026-11-03', '2026-10-31T23:00:00Z/2026-11-03T22:59:59Z'],
    ['between monday and wed', '2026-11-15T23:00:00Z/2026-11-18T22:59:59Z'],
    ['hours per day of last week', '2026-11-08T23:00:00Z/2026-11-15T22:59:59Z'],
    // Open on one side.
    ['entries since monday', '2026-11-15T23:00:00Z/'],
    ['entries since last week', '2026-11-08T23:00:00Z/'],
    ['entries after 2026-11-10', '2026-11-10T23:00:00Z/'],
    ['entries until friday', '/2026-11-20T22:59:59Z'],
    ['entries before 2026-11-10', '/2026-11-09T22:59:59Z'],
    ['entries after 2026-11-03 and before 2026-11-10', '2026-11-03T23:00:00Z/2026-11-09T22:59:59Z'],
    ['since monday until yesterday', '2026-11-15T23:00:00Z/2026-11-19T22:59:59Z'],
    ['since 2026-11-03T09:00:00Z', '2026-11-03T09:00:00Z/'],
    ['2026-11-03T09:00:00Z to 2026-11-03T12:00:00Z', '2026-11-03T09:00:00Z/2026-11-03T12:00:00Z'],
  ])('%s', (text, expected) => {
    expect(window(text)).toBe(expected);
  });

  it('is not read into a text that names no day', () => {
    expect(window('all clients')).toBeUndefined();
  });

  it.each([
    ['entries of the last 30 days', 'last 30 days'],
    ['entries of the last 2 hours', 'duration'],
    ['entries since 2 hours ago', 'duration'],
    ['entries of 05/11/2026', '05/11/2026'],
    ['entries of october', 'october'],
    ['entries of this year', 'this year'],
    ['entries of monday and friday', 'first and the last day'],
    ['entries from monday', 'first and the last day'],
    ['from friday to wednesday', 'not after'],
    ['entries of yesterday after 14:00', '14:00'],
    ['entries since yesterday 9:00', 'a start and an end'],
    ['entries of 2026-11-03T09:00:00Z', 'the start and the end'],
    ['monday, tuesday, thursday', 'first and the last day'],
  ])('is not told from "%s"', (text, fault) => {
    expect(window(text)).toContain(fault);
  });
});

describe('the longest text that is read', () => {
  const texts = [
    ' ',
    '2h ',
    '1:',
    '9-',
    'may ',
    'at ',
    '5 and ',
    '"',
    'last ',
    'a ',
    '2026-11-',
    '1h30',
    'one two ',
    ' “x',
  ];
  it.each(texts)('costs no more than a short while, full of %j', async (piece) => {
    const text = piece.repeat(10_000 / piece.length);
    await takesLessThan(1_000, async () => void [span(text), window(text), span(`2h yesterday ${text}`)]);
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
