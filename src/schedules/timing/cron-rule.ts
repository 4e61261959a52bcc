/** A cron expression as sets of numbers; which days it means depends on the dialect it was written in. */
export interface CronRule {
  /** Each sorted, not empty. */
  readonly seconds: readonly number[];
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  /** 1 to 12. */
  readonly months: ReadonlySet<number>;
  matchesYear(year: number): boolean;
  matchesDay(year: number, month: number, day: number): boolean;
}

const SECOND_MS = 1000;
/** The calendar repeats after 400 years: what has not come by then never comes. */
const CALENDAR_CYCLE_YEARS = 400;

/** The first matching wall time after the given one, or undefined where there is none. */
export function nextWall(rule: CronRule, afterWallMs: number): number | undefined {
  const fromMs = Math.floor(afterWallMs / SECOND_MS) * SECOND_MS + SECOND_MS;
  const from = new Date(fromMs);
  const today = Date.UTC(from.getUTCFullYear(), from.getUTCMonth(), from.getUTCDate());
  if (matchesDate(rule, today)) {
    const time = nextTimeOfDay(rule, (fromMs - today) / SECOND_MS);
    if (time !== undefined) return today + time * SECOND_MS;
  }
  const day = nextDay(rule, from);
  const first = nextTimeOfDay(rule, 0);
  return day === undefined || first === undefined ? undefined : day + first * SECOND_MS;
}

function nextDay(rule: CronRule, after: Date): number | undefined {
  const lastYear = after.getUTCFullYear() + CALENDAR_CYCLE_YEARS;
  let year = after.getUTCFullYear();
  let month = after.getUTCMonth() + 1;
  let day = after.getUTCDate() + 1;
  for (; year <= lastYear; year++, month = 1, day = 1) {
    if (!rule.matchesYear(year)) continue;
    for (; month <= 12; month++, day = 1) {
      if (!rule.months.has(month)) continue;
      for (const last = daysIn(year, month); day <= last; day++) {
        if (rule.matchesDay(year, month, day)) return Date.UTC(year, month - 1, day);
      }
    }
  }
  return undefined;
}

function matchesDate(rule: CronRule, dayMs: number): boolean {
  const date = new Date(dayMs);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
  return rule.matchesYear(year) && rule.months.has(month) && rule.matchesDay(year, month, day);
}

/** The first matching second of the day at or after `from`. */
function nextTimeOfDay(rule: CronRule, from: number): number | undefined {
  const [fromHour, fromMinute, fromSecond] = [Math.floor(from / 3600), Math.floor(from / 60) % 60, from % 60];
  for (const hour of rule.hours) {
    if (hour < fromHour) continue;
    for (const minute of rule.minutes) {
      if (hour === fromHour && minute < fromMinute) continue;
      const isFirstMinute = hour === fromHour && minute === fromMinute;
      const second = rule.seconds.find((candidate) => !isFirstMinute || candidate >= fromSecond);
      if (second !== undefined) return hour * 3600 + minute * 60 + second;
    }
  }
  return undefined;
}

export function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/** 0 is Sunday. */
export function weekdayOf(year: number, month: number, day: number): number {
  return new Date(Date.UTC(year, month - 1, day)).getUTCDay();
}

/** The week by ISO 8601: the one with the year's first Thursday is number 1. */
export function isoWeekOf(year: number, month: number, day: number): number {
  const date = new Date(Date.UTC(year, month - 1, day));
  date.setUTCDate(date.getUTCDate() + 4 - (date.getUTCDay() || 7));
  const firstMs = Date.UTC(date.getUTCFullYear(), 0, 1);
  return Math.floor((date.getTime() - firstMs) / 86_400_000 / 7) + 1;
}
