import type { Reading } from './reading.js';
import { readCount } from './said-number.js';
import { addDays, type Day, daysBetween, realDay, weekdayOf } from './zoned-time.js';

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
const MONTH = MONTHS.flat().join('|');
const WEEKDAY = `(${WEEKDAYS.join('|')}|mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun)`;

const NAMED: readonly [RegExp, number][] = [
  [/\b(the )?day before yesterday\b/, -2],
  [/\b(the )?day after tomorrow\b/, 2],
  [/\byesterday\b/, -1],
  [/\btoday\b/, 0],
  [/\btomorrow\b/, 1],
];
const AGO = /\b(\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten) (day|week)s? ago\b/;
const IN = /\bin (\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten) (day|week)s?\b/;
const ISO_DATE = /(?<![\w-])(\d{4})-(\d\d)-(\d\d)(?![\w-])/;
const DAY_MONTH = new RegExp(`\\b(\\d{1,2})(?:st|nd|rd|th)?(?: of)? (${MONTH})\\b\\.?(?:,? (\\d{4})\\b)?`);
const MONTH_DAY = new RegExp(
  `\\b(${MONTH})\\.? (\\d{1,2})(?:st|nd|rd|th)?\\b(?!:|\\s*[ap]m)(?:,? (\\d{4})\\b)?`,
);
const WEEKDAY_SAID = new RegExp(`\\b(?:(last|this|next|on) )?${WEEKDAY}\\b`);

export interface SaidDay {
  day: Day;
}

/** The next day that the text names, if any. */
export function readDay(reading: Reading, today: Day): SaidDay | undefined {
  for (const [pattern, days] of NAMED) {
    const found = reading.take(pattern, () => ({ day: addDays(today, days) }));
    if (found) return found;
  }
  return (
    reading.take(AGO, ([, count, unit]) => counted(today, -1, { count, unit })) ??
    reading.take(IN, ([, count, unit]) => counted(today, 1, { count, unit })) ??
    reading.take(ISO_DATE, ([, y, m, d]) => said(realDay(Number(y), Number(m), Number(d)))) ??
    reading.take(DAY_MONTH, ([, d, month, y]) => said(inYear(today, { month, d, y }))) ??
    reading.take(MONTH_DAY, ([, month, d, y]) => said(inYear(today, { month, d, y }))) ??
    reading.take(WEEKDAY_SAID, ([, which, name = '']) => said(onWeekday(today, name, which)))
  );
}

function said(day: Day | undefined): SaidDay | undefined {
  return day && { day };
}

function counted(
  today: Day,
  sign: 1 | -1,
  { count = '', unit }: { count: string | undefined; unit: string | undefined },
): SaidDay {
  return { day: addDays(today, sign * readCount(count) * (unit === 'week' ? 7 : 1)) };
}

/** Without a year, the one in which the day is nearest to today. */
function inYear(
  today: Day,
  { month = '', d, y }: { month: string | undefined; d: string | undefined; y: string | undefined },
): Day | undefined {
  const number = MONTHS.findIndex((names) => names.includes(month)) + 1;
  if (y !== undefined) return realDay(Number(y), number, Number(d));
  return [today.year - 1, today.year, today.year + 1]
    .flatMap((year) => realDay(year, number, Number(d)) ?? [])
    .sort((a, b) => Math.abs(daysBetween(today, a)) - Math.abs(daysBetween(today, b)))[0];
}

/** Work is told of when it is done: a bare "monday" is the last one, today included. */
function onWeekday(today: Day, name: string, which: string | undefined): Day {
  const wanted = WEEKDAYS.findIndex((weekday) => weekday.startsWith(name.slice(0, 3)));
  const back = (weekdayOf(today) - wanted + 7) % 7;
  if (which === 'next') return addDays(today, 7 - back);
  if (which === 'this') return addDays(today, wanted - weekdayOf(today));
  return addDays(today, which === 'last' && back === 0 ? -7 : -back);
}

/** First and last day of a week or a month; weeks begin on Monday. */
export function readPeriod(reading: Reading, today: Day): Day[] | undefined {
  return reading.take(/\b(this|last) (week|month)\b/, ([, which, unit]) => {
    const isLast = which === 'last';
    if (unit === 'week') {
      const monday = addDays(today, -weekdayOf(today) - (isLast ? 7 : 0));
      return [monday, addDays(monday, 6)];
    }
    const first = { ...today, day: 1 };
    const from = isLast ? { ...addDays(first, -1), day: 1 } : first;
    return [from, addDays({ ...addDays(from, 31), day: 1 }, -1)];
  });
}
