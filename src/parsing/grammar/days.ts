import { addDays, type Day, daysBetween, realDay, wallTimeAt, weekdayOf } from '../../clock/wall-time.js';
import type { SayingContext } from './outcome.js';
import type { Days } from './sense.js';

/** A day without a year that comes again as soon as this may be meant for the next time. */
const SOON_DAYS = 90;

export function todayIn({ nowMs, zone }: SayingContext): Day {
  const { year, month, day } = wallTimeAt(nowMs, zone);
  return { year, month, day };
}

export function oneDay(day: Day, doubt?: string): Days {
  return { first: day, last: day, isOne: true, ...(doubt === undefined ? {} : { doubt }) };
}

export function shifted(days: number, context: SayingContext): Days {
  return oneDay(addDays(todayIn(context), days));
}

/** The last time that it was this day of the week. */
export function weekdaySaid(index: number, context: SayingContext): Days {
  const today = todayIn(context);
  const back = (weekdayOf(today) - index + 7) % 7;
  return oneDay(addDays(today, -back), back === 0 ? 'today_or_last_week' : undefined);
}

/** Of a weekday that was within this week some mean that one and others the one before. */
export function lastWeekday(index: number, context: SayingContext): Days {
  const today = todayIn(context);
  const back = ((weekdayOf(today) - index + 6) % 7) + 1;
  const day = addDays(today, -back);
  const isThisWeek = daysBetween(weekStartOf(today, context), day) >= 0;
  return oneDay(day, isThisWeek ? 'this_week_or_last' : undefined);
}

export function nextWeekday(index: number, context: SayingContext): Days {
  const today = todayIn(context);
  return oneDay(addDays(today, ((index - weekdayOf(today) + 6) % 7) + 1));
}

/** In the week so many weeks from this one. */
export function weekdayOfWeek(index: number, weeks: number, context: SayingContext): Days {
  const start = weekStartOf(todayIn(context), context);
  return oneDay(addDays(start, weeks * 7 + ((index - context.weekStart + 7) % 7)));
}

/** Without a year: the last time that the day came. */
export function dayOfYear(month: number, day: number, context: SayingContext): Days | undefined {
  const today = todayIn(context);
  const thisYear = realDay(today.year, month, day);
  if (thisYear && daysBetween(thisYear, today) >= 0) return oneDay(thisYear);
  const lastYear = realDay(today.year - 1, month, day);
  const ahead = thisYear ? daysBetween(today, thisYear) : SOON_DAYS;
  if (ahead < SOON_DAYS && thisYear) return oneDay(thisYear, 'in_the_future');
  return lastYear && oneDay(lastYear);
}

export function dayOfMonth(day: number, context: SayingContext): Days | undefined {
  const today = todayIn(context);
  const found = realDay(today.year, today.month, day);
  if (!found) return undefined;
  return oneDay(found, daysBetween(found, today) < 0 ? 'which_month' : undefined);
}

export function week(weeks: number, context: SayingContext): Days {
  const first = addDays(weekStartOf(todayIn(context), context), weeks * 7);
  return { first, last: addDays(first, 6), isOne: false };
}

/** So many months from this one, `length` of them, beginning where a year is cut into such. */
export function months(shift: number, length: number, context: SayingContext): Days {
  const today = todayIn(context);
  const index = today.year * 12 + Math.floor((today.month - 1) / length) * length + shift * length;
  return monthsFrom(index, length);
}

export function monthNamed(month: number, year: number | undefined, context: SayingContext): Days {
  const today = todayIn(context);
  return monthsFrom((year ?? (month > today.month ? today.year - 1 : today.year)) * 12 + month - 1, 1);
}

function monthsFrom(index: number, length: number): Days {
  const first = firstOf(index);
  return { first, last: addDays(firstOf(index + length), -1), isOne: false };
}

function firstOf(index: number): Day {
  return { year: Math.floor(index / 12), month: (index % 12) + 1, day: 1 };
}

function weekStartOf(today: Day, { weekStart }: SayingContext): Day {
  return addDays(today, -((weekdayOf(today) - weekStart + 7) % 7));
}

export function isSameDay(a: Day, b: Day): boolean {
  return daysBetween(a, b) === 0;
}
