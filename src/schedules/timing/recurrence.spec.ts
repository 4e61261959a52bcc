import { createRecurrence, nextRuns, type Timing } from './recurrence.js';
import { RuleMistake } from './rule-mistake.js';

function runs(timing: Timing, timezone: string, after: string, count = 5): string[] {
  return nextRuns(createRecurrence(timing, timezone), Date.parse(after), count).map((ms) =>
    new Date(ms).toISOString().replace('.000Z', 'Z'),
  );
}
const cron = (text: string | object): Timing => ({ kind: 'cron', cron: text as string });

function mistakeOf(timing: Timing, timezone = 'UTC'): RuleMistake {
  try {
    createRecurrence(timing, timezone);
  } catch (error) {
    if (error instanceof RuleMistake) return error;
    throw error;
  }
  throw new Error('was accepted');
}

describe('cron as text', () => {
  it.each([
    ['*/15 * * * *', '2026-01-01T00:07:00Z', ['2026-01-01T00:15:00Z', '2026-01-01T00:30:00Z']],
    ['*/20 * * * * *', '2026-01-01T00:00:00Z', ['2026-01-01T00:00:20Z', '2026-01-01T00:00:40Z']],
    ['0 9 * * mon-fri', '2026-01-02T09:00:00Z', ['2026-01-05T09:00:00Z', '2026-01-06T09:00:00Z']],
    ['0 9 * * 5-7', '2026-01-01T09:00:00Z', ['2026-01-02T09:00:00Z', '2026-01-03T09:00:00Z']],
    ['0 0 29 feb *', '2026-01-01T00:00:00Z', ['2028-02-29T00:00:00Z', '2032-02-29T00:00:00Z']],
    ['0 0 13 * fri', '2026-01-01T00:00:00Z', ['2026-01-02T00:00:00Z', '2026-01-09T00:00:00Z']],
    ['0 0 l * *', '2026-01-01T00:00:00Z', ['2026-01-31T00:00:00Z', '2026-02-28T00:00:00Z']],
    ['0 0 * * mon#2', '2026-01-01T00:00:00Z', ['2026-01-12T00:00:00Z', '2026-02-09T00:00:00Z']],
    ['0 0 * * fri#L', '2026-01-01T00:00:00Z', ['2026-01-30T00:00:00Z', '2026-02-27T00:00:00Z']],
    ['5/20 3,4 * * *', '2026-01-01T03:30:00Z', ['2026-01-01T03:45:00Z', '2026-01-01T04:05:00Z']],
    ['@weekly', '2026-01-01T00:00:00Z', ['2026-01-04T00:00:00Z', '2026-01-11T00:00:00Z']],
  ])('reads %s', (text, after, expected) => {
    expect(runs(cron(text), 'UTC', after, 2)).toEqual(expected);
  });

  it.each([
    ['60 * * * *', 'minute'],
    ['* 24 * * *', 'hour'],
    ['* * 0 * *', 'day'],
    ['* * * 13 *', 'month'],
    ['* * * * 8', 'day of week'],
    ['*/0 * * * *', 'minute'],
    ['*/61 * * * *', 'minute'],
    ['30-10 * * * *', 'minute'],
    ['1,,2 * * * *', 'minute'],
    ['a * * * *', 'minute'],
    ['* * * *', 'five fields'],
    ['* * * * * * *', 'five fields'],
    ['', 'five fields'],
    ['@reboot', 'five fields'],
  ])('refuses %s and names the field', (text, named) => {
    const mistake = mistakeOf(cron(text));
    expect(mistake.path).toBe('cron');
    expect(mistake.message).toContain(named);
  });
});

describe('cron as an object', () => {
  it.each([
    [{ hour: 5, minute: 30 }, '2026-01-01T05:30:00Z', ['2026-01-02T05:30:00Z', '2026-01-03T05:30:00Z']],
    [{ hour: '*/6' }, '2026-01-01T05:30:00Z', ['2026-01-01T06:00:00Z', '2026-01-01T12:00:00Z']],
    [{ day: 1, minute: 20 }, '2026-01-31T23:50:00Z', ['2026-02-01T00:20:00Z', '2026-02-01T01:20:00Z']],
    [{ day_of_week: 0 }, '2026-01-01T00:00:00Z', ['2026-01-05T00:00:00Z', '2026-01-12T00:00:00Z']],
    [
      { day_of_week: 'sat,sun', hour: 8 },
      '2026-01-01T00:00:00Z',
      ['2026-01-03T08:00:00Z', '2026-01-04T08:00:00Z'],
    ],
    [{ week: 53 }, '2026-01-01T00:00:00Z', ['2026-12-28T00:00:00Z', '2026-12-29T00:00:00Z']],
    [{ month: 6 }, '2026-01-01T00:00:00Z', ['2026-06-01T00:00:00Z', '2027-06-01T00:00:00Z']],
    [{ year: 2030 }, '2026-01-01T00:00:00Z', ['2030-01-01T00:00:00Z']],
    [{ day: 'last fri', hour: 17 }, '2026-01-01T00:00:00Z', ['2026-01-30T17:00:00Z', '2026-02-27T17:00:00Z']],
    [{ day: '3rd wed' }, '2026-01-01T00:00:00Z', ['2026-01-21T00:00:00Z', '2026-02-18T00:00:00Z']],
    [
      { day: 13, day_of_week: 'fri' },
      '2026-01-01T00:00:00Z',
      ['2026-02-13T00:00:00Z', '2026-03-13T00:00:00Z'],
    ],
    [{ second: '*/30' }, '2026-01-01T00:00:00Z', ['2026-01-01T00:00:30Z', '2026-01-01T00:01:00Z']],
    [{ minute: 0, hour: null }, '2026-01-01T00:00:00Z', ['2026-01-01T01:00:00Z', '2026-01-01T02:00:00Z']],
    [{}, '2026-01-01T00:00:00Z', ['2027-01-01T00:00:00Z', '2028-01-01T00:00:00Z']],
  ])('reads %j as APScheduler does', (object, after, expected) => {
    expect(runs(cron(object), 'UTC', after, 2)).toEqual(expected);
  });

  it.each([
    [{ minute: 60 }, 'cron.minute'],
    [{ hour: '1-' }, 'cron.hour'],
    [{ day_of_week: 7 }, 'cron.day_of_week'],
    [{ day: '6th mon' }, 'cron.day'],
    [{ minutes: 5 }, 'cron.minutes'],
    [{ second: 1.5 }, 'cron.second'],
    [{ week: 'x' }, 'cron.week'],
    [{ year: 1969 }, 'cron.year'],
    [{ hour: [1] }, 'cron.hour'],
  ])('refuses %j and names the field', (object, path) => {
    expect(mistakeOf(cron(object)).path).toBe(path);
  });
});

describe('dates that never come', () => {
  it.each([['0 0 30 2 *'], ['0 0 31 4,6,9,11 *'], [{ month: 2, day: 30 }], [{ year: 2020 }]])(
    'has no next run for %j',
    (text) => {
      expect(runs(cron(text), 'UTC', '2026-01-01T00:00:00Z')).toEqual([]);
    },
  );
});

describe('daylight saving', () => {
  it('fires once at the end of the gap for a time that the clocks skip', () => {
    // Berlin, 29 March 2026: 02:00 becomes 03:00.
    expect(runs(cron('30 2 * * *'), 'Europe/Berlin', '2026-03-28T12:00:00Z', 2)).toEqual([
      '2026-03-29T01:00:00Z',
      '2026-03-30T00:30:00Z',
    ]);
    expect(runs(cron('*/20 * * * *'), 'Europe/Berlin', '2026-03-29T00:30:00Z', 3)).toEqual([
      '2026-03-29T00:40:00Z',
      '2026-03-29T01:00:00Z',
      '2026-03-29T01:20:00Z',
    ]);
  });

  it('fires once for a time that the clocks repeat', () => {
    // Berlin, 25 October 2026: 03:00 becomes 02:00.
    expect(runs(cron('30 2 * * *'), 'Europe/Berlin', '2026-10-24T12:00:00Z', 2)).toEqual([
      '2026-10-25T00:30:00Z',
      '2026-10-26T01:30:00Z',
    ]);
    expect(runs(cron('30 * * * *'), 'Europe/Berlin', '2026-10-25T00:00:00Z', 2)).toEqual([
      '2026-10-25T00:30:00Z',
      '2026-10-25T02:30:00Z',
    ]);
  });

  it('knows zones that turn by half an hour, and days that a whole country skipped', () => {
    expect(runs(cron('15 2 * * *'), 'Australia/Lord_Howe', '2026-10-03T12:00:00Z', 1)).toEqual([
      '2026-10-03T15:30:00Z',
    ]);
    expect(runs(cron('0 12 30 12 *'), 'Pacific/Apia', '2011-12-29T00:00:00Z', 1)).toEqual([
      '2011-12-30T10:00:00Z',
    ]);
  });
});

describe('intervals', () => {
  const every = (text: string, anchor = '2026-01-31T08:00:00Z'): Timing => ({
    kind: 'every',
    every: text,
    anchor,
  });

  it('counts hours and minutes in real time from the anchor', () => {
    expect(runs(every('PT90M'), 'Europe/Berlin', '2026-01-31T10:00:00Z', 2)).toEqual([
      '2026-01-31T11:00:00Z',
      '2026-01-31T12:30:00Z',
    ]);
  });

  it('keeps the time of day for days, weeks and months, also over a clock change', () => {
    expect(
      runs(every('P1D', '2026-03-28T08:00:00+01:00'), 'Europe/Berlin', '2026-03-28T07:00:00Z', 2),
    ).toEqual(['2026-03-29T06:00:00Z', '2026-03-30T06:00:00Z']);
    expect(runs(every('P1M'), 'UTC', '2026-01-31T08:00:00Z', 3)).toEqual([
      '2026-02-28T08:00:00Z',
      '2026-03-31T08:00:00Z',
      '2026-04-30T08:00:00Z',
    ]);
  });

  it('begins with an anchor that is still to come', () => {
    expect(runs(every('P1W'), 'UTC', '2026-01-01T00:00:00Z', 2)).toEqual([
      '2026-01-31T08:00:00Z',
      '2026-02-07T08:00:00Z',
    ]);
  });

  it.each(['', 'P', 'PT', '15m', 'PT0S', 'P0D', 'PT1.5H', 'PT1.5S', '-PT5M', 'P2000Y'])(
    'refuses %j',
    (text) => {
      expect(mistakeOf(every(text)).path).toBe('every');
    },
  );
});

describe('a single time', () => {
  it('is read in the zone unless it names an offset', () => {
    const at = (text: string): Timing => ({ kind: 'at', at: text });
    expect(runs(at('2026-07-01T08:00'), 'Europe/Berlin', '2026-01-01T00:00:00Z')).toEqual([
      '2026-07-01T06:00:00Z',
    ]);
    expect(runs(at('2026-07-01T08:00:00+05:30'), 'UTC', '2026-01-01T00:00:00Z')).toEqual([
      '2026-07-01T02:30:00Z',
    ]);
    expect(runs(at('2026-07-01T08:00Z'), 'UTC', '2026-07-01T08:00:00Z')).toEqual([]);
  });

  it.each(['tomorrow', '2026-02-30T08:00', '2026-13-01', '2026-01-01T25:00', ''])('refuses %j', (text) => {
    expect(mistakeOf({ kind: 'at', at: text }).path).toBe('at');
  });
});

it.each(['Europe/Nowhere', '', '+02:00', '../../etc', 'x'.repeat(100)])('refuses the zone %j', (zone) => {
  expect(mistakeOf(cron('* * * * *'), zone).path).toBe('timeZone');
});
