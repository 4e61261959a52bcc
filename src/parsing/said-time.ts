import { Reading } from './reading.js';
import { readClock, readClockRange } from './said-clock.js';
import { readDay, readPeriod } from './said-day.js';
import { readDuration } from './said-duration.js';
import { addDays, type Day, instantOf, wallTimeAt } from './zoned-time.js';

/** What a text says about time, in its own words' terms. English; everything else is left alone. */
export interface SaidTime {
  /** Instants with their offset, written out. */
  instants: number[];
  /** One day, or the first and the last. */
  days: Day[];
  /** Minutes after midnight; the end may lie past the next midnight. */
  clock?: { from: number; to?: number };
  durationMs?: number;
  /** "two hours ago". */
  agoMs?: number;
}

export interface Here {
  nowMs: number;
  timeZone: string;
}

export interface Span {
  startMs: number;
  endMs?: number;
}

const MINUTE_MS = 60_000;
/** When work of "2h yesterday" is taken to have begun. */
const WORKDAY_STARTS_MINUTE = 9 * 60;
const INSTANT = /\b\d{4}-\d\d-\d\dt\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:z|[+-]\d\d:?\d\d)(?![\w:])/i;

/** Reads each kind of expression in turn and takes it out of the text, so that nothing is read twice. */
export function readSaidTime(text: string, here: Here): SaidTime {
  const today = todayOf(here);
  const reading = new Reading(text.toLowerCase());
  const instants = reading.takeAll(INSTANT, ([written]) => Date.parse(written ?? ''));
  const agoMs = readDuration(reading, /\s+ago\b/);
  const period = readPeriod(reading, today);
  const days = period ?? takeDays(reading, today);
  const clock = readClockRange(reading);
  const durationMs = readDuration(reading);
  const from = clock ?? readClock(reading);
  return {
    instants,
    days,
    ...(from === undefined ? {} : { clock: from }),
    ...(durationMs === undefined ? {} : { durationMs }),
    ...(agoMs === undefined ? {} : { agoMs }),
  };
}

function takeDays(reading: Reading, today: Day): Day[] {
  const days: Day[] = [];
  for (
    let day = readDay(reading, today);
    day !== undefined && days.length < 2;
    day = readDay(reading, today)
  ) {
    days.push(day.day);
    days.sort((a, b) =>
      Date.UTC(a.year, a.month - 1, a.day) < Date.UTC(b.year, b.month - 1, b.day) ? -1 : 1,
    );
  }
  return days;
}

export function todayOf({ nowMs, timeZone }: Here): Day {
  const { year, month, day } = wallTimeAt(nowMs, timeZone);
  return { year, month, day };
}

/** The span that something took: "2h yesterday", "9 to 11:30", "90 min". Undefined where the text does not say. */
export function spanOf(said: SaidTime, here: Here): Span | undefined {
  const [first, second] = said.instants;
  if (first !== undefined) return withEnd(first, second ?? plus(first, said.durationMs));
  if (said.agoMs !== undefined) {
    const startMs = here.nowMs - said.agoMs;
    return withEnd(startMs, plus(startMs, said.durationMs));
  }
  if (said.days.length > 1) return undefined;
  const today = todayOf(here);
  const day = said.days[0] ?? today;
  const at = (minutes: number): number => atMinute(day, minutes, here.timeZone);
  if (said.clock) {
    const startMs = at(said.clock.from);
    return withEnd(startMs, said.clock.to === undefined ? plus(startMs, said.durationMs) : at(said.clock.to));
  }
  if (said.durationMs === undefined) return undefined;
  const isToday = said.days.length === 0 || isSame(day, today);
  const startMs = isToday ? here.nowMs - said.durationMs : at(WORKDAY_STARTS_MINUTE);
  return { startMs, endMs: startMs + said.durationMs };
}

/** The span that is asked about: whole days, unless times of day are said. */
export function windowOf(said: SaidTime, here: Here): Required<Span> | undefined {
  const [first, second] = said.instants;
  if (first !== undefined && second !== undefined) return { startMs: first, endMs: second };
  const [from, to = from] = said.days;
  if (from === undefined || to === undefined) return undefined;
  if (said.clock?.to !== undefined && from === to) {
    return {
      startMs: atMinute(from, said.clock.from, here.timeZone),
      endMs: atMinute(from, said.clock.to, here.timeZone),
    };
  }
  return {
    startMs: instantOf(from, here.timeZone),
    endMs: instantOf(addDays(to, 1), here.timeZone) - 1000,
  };
}

function withEnd(startMs: number, endMs: number | undefined): Span {
  return endMs === undefined ? { startMs } : { startMs, endMs };
}

function plus(startMs: number, durationMs: number | undefined): number | undefined {
  return durationMs === undefined ? undefined : startMs + durationMs;
}

/** By the clock on the wall, so that nine o'clock is nine o'clock on the day that clocks change. */
function atMinute(day: Day, minutes: number, timeZone: string): number {
  const onDay = addDays(day, Math.floor(minutes / 1440));
  const rest = minutes % 1440;
  return (
    Math.floor(
      instantOf({ ...onDay, hour: Math.floor(rest / 60), minute: rest % 60 }, timeZone) / MINUTE_MS,
    ) * MINUTE_MS
  );
}

function isSame(a: Day, b: Day): boolean {
  return a.year === b.year && a.month === b.month && a.day === b.day;
}

/** `2026-11-20T09:00:00Z`: what every API takes. */
export function isoSeconds(instantMs: number): string {
  return new Date(instantMs).toISOString().replace(/\.\d+Z$/, 'Z');
}
