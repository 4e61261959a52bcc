import { DAY, HOUR, MINUTE, MONTH, parseNumbers, parsePart, partsOf, SECOND, valueOf } from './cron-field.js';
import type { FieldRange } from './cron-field.js';
import { type CronRule, daysIn, isoWeekOf, weekdayOf } from './cron-rule.js';
import { RuleMistake } from './rule-mistake.js';

/** From the coarsest to the finest: the order in which absent fields take their meaning. */
export const CRON_FIELDS = [
  'year',
  'month',
  'day',
  'week',
  'day_of_week',
  'hour',
  'minute',
  'second',
] as const;
export type CronFieldName = (typeof CRON_FIELDS)[number];
export type CronObject = Partial<Record<CronFieldName, string | number | null>>;

const LOWEST: Readonly<Record<CronFieldName, string>> = {
  year: '*',
  month: '1',
  day: '1',
  week: '*',
  day_of_week: '*',
  hour: '0',
  minute: '0',
  second: '0',
};

const YEAR: FieldRange = { name: 'year', min: 1970, max: 9999 };
const WEEK: FieldRange = { name: 'week', min: 1, max: 53 };
/** Unlike in cron's text form, 0 is Monday here. */
const WEEKDAY: FieldRange = {
  name: 'day_of_week',
  min: 0,
  max: 6,
  names: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
};

/**
 * Cron as an object of APScheduler's fields. A field that is absent means "every" where it is coarser than the finest
 * one given, and its lowest value where it is finer (week and day_of_week stay "every"); all fields must match.
 */
export function parseCronObject(object: CronObject): CronRule {
  refuseUnknownFields(object);
  const texts = fillIn(object);
  const years = texts.year === '*' ? undefined : new Set(numbers(texts.year, YEAR));
  const weeks = new Set(numbers(texts.week, WEEK));
  const weekdays = new Set(numbers(texts.day_of_week, WEEKDAY));
  const matchesMonthDay = parseDay(texts.day);
  return {
    seconds: numbers(texts.second, SECOND),
    minutes: numbers(texts.minute, MINUTE),
    hours: numbers(texts.hour, HOUR),
    months: new Set(numbers(texts.month, MONTH)),
    matchesYear: (year) => years?.has(year) ?? true,
    matchesDay: (year, month, day) =>
      matchesMonthDay(year, month, day) &&
      weekdays.has((weekdayOf(year, month, day) + 6) % 7) &&
      weeks.has(isoWeekOf(year, month, day)),
  };
}

function numbers(text: string, range: FieldRange): number[] {
  return parseNumbers(text, range, `cron.${range.name}`);
}

function refuseUnknownFields(object: CronObject): void {
  const unknown = Object.keys(object).find((key) => !(CRON_FIELDS as readonly string[]).includes(key));
  if (unknown !== undefined) {
    throw new RuleMistake(`cron.${unknown}`, `is not a field; the fields are ${CRON_FIELDS.join(', ')}`);
  }
}

function fillIn(object: CronObject): Record<CronFieldName, string> {
  const finest = CRON_FIELDS.findLastIndex((name) => (object[name] ?? undefined) !== undefined);
  const entries = CRON_FIELDS.map((name, index) => {
    const given = object[name] ?? undefined;
    if (given === undefined) return [name, index < finest ? '*' : LOWEST[name]] as const;
    return [name, textOf(given, name)] as const;
  });
  return Object.fromEntries(entries) as Record<CronFieldName, string>;
}

function textOf(value: unknown, name: CronFieldName): string {
  const isText = typeof value === 'string' && value.trim() !== '' && !value.includes('?');
  if (isText || (typeof value === 'number' && Number.isInteger(value))) return String(value).trim();
  throw new RuleMistake(`cron.${name}`, 'must be a whole number or a cron expression as text');
}

const ORDINALS = ['1st', '2nd', '3rd', '4th', '5th', 'last'];
const NTH_WEEKDAY = /^(1st|2nd|3rd|4th|5th|last)\s+([a-z]{3})$/;

/** Beyond numbers, the day may be `last`, `last fri` or `2nd mon`. */
function parseDay(text: string): CronRule['matchesDay'] {
  const tests = partsOf(text, DAY, 'cron.day').map((part): CronRule['matchesDay'] => {
    if (part === 'last') return (year, month, day) => day === daysIn(year, month);
    const nth = NTH_WEEKDAY.exec(part);
    if (nth) return nthWeekday(valueOf(nth[2] ?? '', WEEKDAY, 'cron.day'), ORDINALS.indexOf(nth[1] ?? ''));
    const days = new Set(parsePart(part, DAY, 'cron.day'));
    return (_year, _month, day) => days.has(day);
  });
  return (year, month, day) => tests.some((test) => test(year, month, day));
}

function nthWeekday(weekday: number, ordinal: number): CronRule['matchesDay'] {
  return (year, month, day) => {
    if ((weekdayOf(year, month, day) + 6) % 7 !== weekday) return false;
    return ordinal === 5 ? day + 7 > daysIn(year, month) : Math.ceil(day / 7) === ordinal + 1;
  };
}
