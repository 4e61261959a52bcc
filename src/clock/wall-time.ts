import { TimeZone } from './time-zone.js';

/** A time as a clock on the wall shows it, in a zone that is known elsewhere. Months count from 1. */
export interface WallTime {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
}

export type Day = Pick<WallTime, 'year' | 'month' | 'day'>;

const DAY_MS = 86_400_000;
const DAY_MINUTES = 24 * 60;

export function wallTimeAt(instantMs: number, timeZone: string): WallTime {
  const wall = new Date(TimeZone.of(timeZone).wallAt(instantMs));
  return {
    year: wall.getUTCFullYear(),
    month: wall.getUTCMonth() + 1,
    day: wall.getUTCDate(),
    hour: wall.getUTCHours(),
    minute: wall.getUTCMinutes(),
    second: wall.getUTCSeconds(),
  };
}

/** When a clock in the zone shows this first; of a time that clocks skip, the end of the gap. */
export function instantOf(wall: Day & Partial<WallTime>, timeZone: string): number {
  return TimeZone.of(timeZone).instantOf(utcMs(wall));
}

/**
 * Minutes after a midnight by the clock on the wall, so that nine o'clock is nine o'clock on the day that clocks
 * change. Undefined for a time that they skip.
 */
export function atMinute(day: Day, minutes: number, timeZone: string): number | undefined {
  const rest = minutes % DAY_MINUTES;
  const onDay = addDays(day, Math.floor(minutes / DAY_MINUTES));
  const wall = { ...onDay, hour: Math.floor(rest / 60), minute: rest % 60 };
  const instantMs = instantOf(wall, timeZone);
  const { hour, minute } = wallTimeAt(instantMs, timeZone);
  return hour === wall.hour && minute === wall.minute ? instantMs : undefined;
}

/** What a clock on the wall of a zone shows, written as if it were UTC: `2026-11-20T09:00:00Z`. */
export function wallSeconds(instantMs: number, timeZone: string): string {
  return new Date(TimeZone.of(timeZone).wallAt(instantMs)).toISOString().replace(/\.\d+Z$/, 'Z');
}

function utcMs({ year, month, day, hour = 0, minute = 0, second = 0 }: Day & Partial<WallTime>): number {
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

export function addDays(day: Day, days: number): Day {
  return dayOf(utcMs(day) + days * DAY_MS);
}

export function daysBetween(from: Day, to: Day): number {
  return Math.round((utcMs(to) - utcMs(from)) / DAY_MS);
}

/** 0 is Monday. */
export function weekdayOf(day: Day): number {
  return (new Date(utcMs(day)).getUTCDay() + 6) % 7;
}

/** Undefined for a 31st of a month that has none, and for the first century, which JavaScript takes for the last. */
export function realDay(year: number, month: number, day: number): Day | undefined {
  const found = dayOf(Date.UTC(year, month - 1, day));
  return found.year === year && found.month === month && found.day === day ? found : undefined;
}

function dayOf(asUtcMs: number): Day {
  const date = new Date(asUtcMs);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}
