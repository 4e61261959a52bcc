import { DAY_MARK, type Reading } from './reading.js';
import { readCount } from './said-number.js';
import { type Role, roleAt } from './said-role.js';
import { addDays, type Day, daysBetween, realDay, weekdayOf } from '../../clock/wall-time.js';

const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];
const MONTHS = [
  ['january', 'jan'],
  ['february', 'feb'],
  ['march', 'mar'],
  ['april', 'apr'],
  ['may'],
  ['june', 'jun'],
  ['july', 'jul'],
  ['august', 'aug'],
  ['september', 'sept', 'sep'],
  ['october', 'oct'],
  ['november', 'nov'],
  ['december', 'dec'],
];
export const MONTH = MONTHS.flat().join('|');
const WEEKDAY = `(${WEEKDAYS.join('|')}|tue|tues|thu|thur|thurs|fri)`;

const NAMED: readonly [RegExp, number][] = [
  [/\b(the )?day before yesterday\b/, -2],
  [/\b(the )?day after tomorrow\b/, 2],
  [/\byesterday\b/, -1],
  [/\btoday\b/, 0],
  [/\btomorrow\b/, 1],
];
const AGO = /\b(\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten) (day|week)s? ago\b/;
const IN = /\bin (\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten) (day|week)s?\b/;
const ISO_DATE = /(?<![\w./-])(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?![\w/-]|\.\d)/;
/** Not the last of several: "2-5 October", "5 and 6 October". */
const DAY_MONTH = new RegExp(
  String.raw`(?<![\w.,/-])(?<!\d(?:st|nd|rd|th)?,? ?(?:-|–|to|and|or|&|,) ?)(\d{1,2})(?:st|nd|rd|th)?(?: of)? (${MONTH})\b\.?(?:,? (\d{4})\b)?`,
);
/** Not the first of several ("October 5-7"), nor a time or a duration after the word: "may 2 hours". */
const MONTH_DAY = new RegExp(
  String.raw`\b(${MONTH})\.? (\d{1,2})(?:st|nd|rd|th)?\b(?! ?(?:-|–|to|and|or|&|,) ?\d{1,2}(?!\d|:| ?[ap]\.?m|-))(?!:\d|[./]\d| ?(?:[ap]\.?m|h|hrs?|hours?|m|mins?|minutes?|days?|weeks?)\b)(?:,? (\d{4})\b)?`,
);
const WEEKDAY_SAID = new RegExp(`\\b(?:(last|this|next|on) )?${WEEKDAY}\\b`);
/** These are words and names as well, so they must stand where only a day can. */
const SHORT_WEEKDAY =
  /\b(?:(last|this|next|on) |(?<=\b(?:since|after|until|till|before|by|from|to|through|between|and) ))(mon|wed|sat|sun)\b(?=$|[,.;:!?)]| (?:[-–\d\uE001\uE002]|(?:at|from|to|until|till|for|and|through)\b))/;
/** A day this far ahead may be planned for; beyond, a day without a year has been. */
const DAYS_PLANNED_AHEAD = 90;

/** A day or several that the text names. */
export interface SaidDays {
  first: Day;
  last: Day;
  role: Role | undefined;
  /** Where in the text. */
  at: number;
  /** Yesterday, or last week, and not a date or a weekday. */
  isRelative: boolean;
}

interface Found {
  first: Day;
  last: Day;
  isRelative: boolean;
}

/** Whether they all are the same day, as in "Thursday, 19 November". */
export function isOneDay(all: readonly SaidDays[]): boolean {
  const days = all.flatMap(({ first, last }) => [first, last]);
  return days.every((day) => daysBetween(day, days[0] ?? day) === 0);
}

/** Everything that the text names of days, in its order; more than three are not read. */
export function readDays(reading: Reading, today: Day): SaidDays[] {
  const all: SaidDays[] = [];
  const period = readPeriod(reading, today);
  if (period) return [period];
  for (let next = readDay(reading, today); next; next = readDay(reading, today)) {
    all.push(next);
    if (all.length > 2) break;
  }
  return all.sort((a, b) => a.at - b.at);
}

function readDay(reading: Reading, today: Day): SaidDays | undefined {
  for (const [pattern, days] of NAMED) {
    const found = takeDays(reading, pattern, () => ({ ...only(addDays(today, days)), isRelative: true }));
    if (found) return found;
  }
  const take = (pattern: RegExp, dayOf: (match: RegExpExecArray) => Day | undefined): SaidDays | undefined =>
    takeDays(reading, pattern, (match) => {
      const day = dayOf(match);
      return day && { ...only(day), isRelative: false };
    });
  return (
    take(AGO, ([, count, unit]) => counted(today, -1, { count, unit })) ??
    take(IN, ([, count, unit]) => counted(today, 1, { count, unit })) ??
    take(ISO_DATE, ([, y, , m, d]) => realDay(Number(y), Number(m), Number(d))) ??
    take(DAY_MONTH, ([, d, month, y]) => inYear(today, { month, d, y })) ??
    take(MONTH_DAY, ([, month, d, y]) => inYear(today, { month, d, y })) ??
    take(WEEKDAY_SAID, ([, which, name = '']) => onWeekday(today, name, which)) ??
    take(SHORT_WEEKDAY, ([, which, name = '']) => onWeekday(today, name, which))
  );
}

function takeDays(
  reading: Reading,
  pattern: RegExp,
  use: (match: RegExpExecArray) => Found | undefined,
): SaidDays | undefined {
  const { text } = reading;
  const asSaid = (match: RegExpExecArray): SaidDays | undefined => {
    const found = use(match);
    return found && { ...found, at: match.index, role: roleAt(text, match.index) };
  };
  return reading.take(pattern, asSaid, DAY_MARK);
}

function only(day: Day): { first: Day; last: Day } {
  return { first: day, last: day };
}

function counted(
  today: Day,
  sign: 1 | -1,
  { count = '', unit }: { count: string | undefined; unit: string | undefined },
): Day {
  return addDays(today, sign * readCount(count) * (unit === 'week' ? 7 : 1));
}

/** Without a year, the last time that the day came; undefined where the next may as well be meant. */
function inYear(
  today: Day,
  { month = '', d, y }: { month: string | undefined; d: string | undefined; y: string | undefined },
): Day | undefined {
  const number = MONTHS.findIndex((names) => names.includes(month)) + 1;
  if (y !== undefined) return realDay(Number(y), number, Number(d));
  const days = [today.year + 1, today.year, today.year - 1].flatMap(
    (year) => realDay(year, number, Number(d)) ?? [],
  );
  const isNear = days
    .map((day) => daysBetween(today, day))
    .some((ahead) => ahead > 0 && ahead <= DAYS_PLANNED_AHEAD);
  return isNear ? undefined : days.find((day) => daysBetween(today, day) <= 0);
}

/** Work is told of when it is done: a bare "monday" is the last one, today included. */
function onWeekday(today: Day, name: string, which: string | undefined): Day {
  const wanted = WEEKDAYS.findIndex((weekday) => weekday.startsWith(name.slice(0, 3)));
  const back = (weekdayOf(today) - wanted + 7) % 7;
  if (which === 'next') return addDays(today, 7 - back);
  if (which === 'this') return addDays(today, wanted - weekdayOf(today));
  return addDays(today, which === 'last' && back === 0 ? -7 : -back);
}

/** A week or a month; weeks begin on Monday. */
function readPeriod(reading: Reading, today: Day): SaidDays | undefined {
  return takeDays(reading, /\b(this|last) (week|month)\b/, ([, which, unit]) => {
    const isLast = which === 'last';
    if (unit === 'week') {
      const monday = addDays(today, -weekdayOf(today) - (isLast ? 7 : 0));
      return { first: monday, last: addDays(monday, 6), isRelative: true };
    }
    const thisFirst = { ...today, day: 1 };
    const first = isLast ? { ...addDays(thisFirst, -1), day: 1 } : thisFirst;
    return { first, last: addDays({ ...addDays(first, 31), day: 1 }, -1), isRelative: true };
  });
}
