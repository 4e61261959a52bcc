import { DAY, HOUR, MINUTE, MONTH, parseNumbers, parsePart, partsOf, SECOND, valueOf } from './cron-field.js';
import type { FieldRange } from './cron-field.js';
import { type CronRule, daysIn, weekdayOf } from './cron-rule.js';
import { RuleMistake } from './rule-mistake.js';

const PATH = 'cron';
const WEEKDAY: FieldRange = {
  name: 'day of week',
  min: 0,
  max: 7,
  names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'],
};
const NICKNAMES: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
};

type DayTest = (year: number, month: number, day: number) => boolean;

/**
 * Cron as Vixie's is written: five fields, or six with the seconds first. Where both the day of the month and the day of
 * the week are restricted, either is enough.
 */
export function parseCronText(text: string): CronRule {
  const fields = splitFields(text);
  const [second, minute, hour, day, month, weekday] = fields;
  return {
    seconds: parseNumbers(second, SECOND, PATH),
    minutes: parseNumbers(minute, MINUTE, PATH),
    hours: parseNumbers(hour, HOUR, PATH),
    months: new Set(parseNumbers(month, MONTH, PATH)),
    matchesYear: () => true,
    matchesDay: combineDays(day, weekday),
  };
}

type Fields = [string, string, string, string, string, string];

function splitFields(text: string): Fields {
  const trimmed = text.trim();
  const fields = (NICKNAMES[trimmed.toLowerCase()] ?? trimmed).split(/\s+/);
  if (fields.length === 5) return ['0', ...fields] as Fields;
  if (fields.length === 6) return fields as Fields;
  throw new RuleMistake(
    PATH,
    'must have five fields (minute hour day month weekday) or six (seconds first), or be one of ' +
      Object.keys(NICKNAMES).join(' '),
  );
}

function combineDays(dayText: string, weekdayText: string): DayTest {
  const day = parseDay(dayText);
  const weekday = parseWeekday(weekdayText);
  if (isOpen(dayText) || isOpen(weekdayText)) return (y, m, d) => day(y, m, d) && weekday(y, m, d);
  return (y, m, d) => day(y, m, d) || weekday(y, m, d);
}

/** As in Vixie's cron, a field that begins with a star does not restrict, even when it has a step. */
function isOpen(text: string): boolean {
  return text.startsWith('*') || text.startsWith('?');
}

function parseDay(text: string): DayTest {
  return anyOf(
    partsOf(text, DAY, PATH).map((part): DayTest => {
      if (part === 'l') return (year, month, day) => day === daysIn(year, month);
      const days = new Set(parsePart(part, DAY, PATH));
      return (_year, _month, day) => days.has(day);
    }),
  );
}

const NTH = /^([a-z0-9]+)#([1-5]|l)$/;

function parseWeekday(text: string): DayTest {
  return anyOf(
    partsOf(text, WEEKDAY, PATH).map((part): DayTest => {
      const nth = NTH.exec(part);
      if (nth) return nthWeekday(valueOf(nth[1] ?? '', WEEKDAY, PATH) % 7, nth[2] ?? '');
      const weekdays = new Set(parsePart(part, WEEKDAY, PATH).map((value) => value % 7));
      return (year, month, day) => weekdays.has(weekdayOf(year, month, day));
    }),
  );
}

/** `mon#2` is the second Monday of the month, `fri#l` the last Friday. */
function nthWeekday(weekday: number, nth: string): DayTest {
  return (year, month, day) => {
    if (weekdayOf(year, month, day) !== weekday) return false;
    return nth === 'l' ? day + 7 > daysIn(year, month) : Math.ceil(day / 7) === Number(nth);
  };
}

function anyOf(tests: readonly DayTest[]): DayTest {
  return (year, month, day) => tests.some((test) => test(year, month, day));
}
