import { atMinute, type Day, daysBetween } from '../../clock/wall-time.js';
import { TimeZone } from '../../clock/time-zone.js';
import { isSameDay, todayIn } from './days.js';
import { Doubt } from './doubt.js';
import type { Gathered } from './gathered.js';
import type { LanguageCode } from './language.js';
import type { Assumed, SayingContext } from './outcome.js';
import type { Clock, Days } from './sense.js';

const MINUTE_MS = 60_000;
const LONGEST_MINUTES = 16 * 60;
const OLDEST_DAYS = 365;
const USUAL_START = 9 * 60;
/** Clocks differ, and whoever says "until 17:00" may do so a little before. */
const AHEAD_MS = 5 * MINUTE_MS;
const EARLIEST_OPEN = 7 * 60;
const NOON = 720;

export interface Span {
  startMs: number;
  endMs: number;
  assumed: readonly Assumed[];
}

/** From when to when an entry is, or what cannot be told about it. */
export function spanOf(said: Gathered, language: LanguageCode, context: SayingContext): Span | Doubt {
  const { minutes, days } = said;
  if (said.since) return new Doubt('day', 'open_ended');
  if (days?.doubt !== undefined) return new Doubt('day', days.doubt);
  if (days && !days.isOne) return new Doubt('day', 'several_days');
  if (minutes !== undefined && !(minutes > 0)) return new Doubt('duration', 'nothing');
  if (minutes !== undefined && minutes > LONGEST_MINUTES) return new Doubt('duration', 'too_long');
  if (minutes !== undefined && !Number.isInteger(minutes)) return new Doubt('duration', 'seconds');
  const clocks = clocksOf(said, language, context);
  if (clocks instanceof Doubt) return clocks;
  const span = placed({ minutes, days, clocks }, context);
  return span instanceof Doubt ? span : (implausible(span, days, context) ?? span);
}

interface Clocks {
  start?: number;
  end?: number;
}

function clocksOf(said: Gathered, language: LanguageCode, context: SayingContext): Clocks | Doubt {
  const isTwelve = language === 'en' || context.hours12;
  const range =
    said.range ?? (said.start && said.end ? { start: said.start, end: said.end, isLoose: false } : undefined);
  if (said.range && (said.start ?? said.end)) return new Doubt('start', 'several_entries');
  if (range) return rangeOf(range, isTwelve);
  const clock = said.start ?? said.end;
  if (!clock) return {};
  const minute = settled(clock);
  if (minute === undefined) return new Doubt(said.start ? 'start' : 'end', 'before_or_after_noon');
  return said.start ? { start: minute } : { end: minute };
}

/** A bare nine is in the morning; a bare three may be either. */
function settled({ minute, isOpen }: Clock): number | undefined {
  return isOpen && minute < EARLIEST_OPEN ? undefined : minute;
}

function rangeOf(
  { start, end, isLoose }: { start: Clock; end: Clock; isLoose: boolean },
  isTwelve: boolean,
): Clocks | Doubt {
  const doubt = new Doubt('start', 'before_or_after_noon');
  if (isLoose && start.isBare && end.isBare && start.minute > end.minute && !isTwelve) return doubt;
  if (isLoose && start.isBare && end.isOpen && end.minute - start.minute === 60)
    return new Doubt('start', 'range_or_duration');
  if (start.isOpen && end.half !== undefined)
    return { start: sameHalf(start.minute, end.minute), end: end.minute };
  const from = settled(start);
  if (from === undefined) return doubt;
  if (end.minute > from)
    return from < NOON || !end.isOpen || end.minute >= NOON ? { start: from, end: end.minute } : doubt;
  if (end.minute === from) return new Doubt('end', 'nothing');
  if (!end.isOpen) return { start: from, end: end.minute + 1440 };
  if (from >= 18 * 60 && !isTwelve) return { start: from, end: end.minute + 1440 };
  const later = end.minute + NOON;
  return isTwelve && end.minute < EARLIEST_OPEN && later > from ? { start: from, end: later } : doubt;
}

/** "2 - 4:15pm" is after noon both times, "11 to 1pm" is not. */
function sameHalf(start: number, end: number): number {
  const early = start % NOON;
  const late = early + NOON;
  return late < end ? (end >= NOON ? late : early) : early;
}

function placed(
  { minutes, days, clocks }: { minutes: number | undefined; days: Days | undefined; clocks: Clocks },
  context: SayingContext,
): Span | Doubt {
  const today = todayIn(context);
  const day = days?.first ?? today;
  const assumed: Assumed[] = days ? [] : [{ slot: 'day', value: 'today', why: 'no day was said' }];
  const { start, end } = clocks;
  if (start !== undefined && end !== undefined) {
    if (minutes !== undefined && end - start !== minutes) return new Doubt('duration', 'disagree');
    return between({ day, start, end }, context, assumed);
  }
  if (minutes === undefined) return new Doubt('duration', 'missing');
  if (start !== undefined) return after({ day, start, minutes }, context, assumed);
  if (end !== undefined) return before({ day, end, minutes }, context, assumed);
  if (isSameDay(day, today)) return untilNow(minutes, context, assumed);
  return after({ day, start: USUAL_START, minutes }, context, [
    ...assumed,
    { slot: 'start', value: '09:00', why: 'no time was said' },
  ]);
}

function untilNow(minutes: number, context: SayingContext, assumed: Assumed[]): Span {
  const endMs = Math.floor(context.nowMs / MINUTE_MS) * MINUTE_MS;
  const why = 'no time was said, so it ends now';
  return {
    startMs: endMs - minutes * MINUTE_MS,
    endMs,
    assumed: [...assumed, { slot: 'end', value: 'now', why }],
  };
}

function between(
  { day, start, end }: { day: Day; start: number; end: number },
  context: SayingContext,
  assumed: readonly Assumed[],
): Span | Doubt {
  const startMs = instantAt(day, start, context);
  const endMs = instantAt(day, end, context);
  if (startMs instanceof Doubt) return startMs;
  if (endMs instanceof Doubt) return endMs;
  // Twice the hours, or half of them, depending on whether the wall or the watch is meant.
  if (endMs - startMs !== (end - start) * MINUTE_MS) return new Doubt('duration', 'clocks_change');
  return { startMs, endMs, assumed };
}

function after(
  { day, start, minutes }: { day: Day; start: number; minutes: number },
  context: SayingContext,
  assumed: readonly Assumed[],
): Span | Doubt {
  return between({ day, start, end: start + minutes }, context, assumed);
}

function before(
  { day, end, minutes }: { day: Day; end: number; minutes: number },
  context: SayingContext,
  assumed: readonly Assumed[],
): Span | Doubt {
  if (end < minutes) return new Doubt('start', 'began_the_day_before');
  return between({ day, start: end - minutes, end }, context, assumed);
}

/** A time that clocks skip or show twice is no time. */
export function instantAt(day: Day, minute: number, { zone }: SayingContext): number | Doubt {
  const instantMs = atMinute(day, minute, zone);
  if (instantMs === undefined) return new Doubt('start', 'clocks_skip');
  const wall = TimeZone.of(zone).wallAt(instantMs);
  for (const laterMinutes of [20, 30, 60, 120, 180])
    if (TimeZone.of(zone).wallAt(instantMs + laterMinutes * MINUTE_MS) === wall)
      return new Doubt('start', 'clocks_repeat');
  return instantMs;
}

function implausible(
  { startMs, endMs }: Span,
  days: Days | undefined,
  context: SayingContext,
): Doubt | undefined {
  const today = todayIn(context);
  if (endMs <= startMs) return new Doubt('duration', 'nothing');
  if (endMs - startMs > LONGEST_MINUTES * MINUTE_MS) return new Doubt('duration', 'too_long');
  if (startMs > context.nowMs || endMs > context.nowMs + AHEAD_MS) return new Doubt('day', 'in_the_future');
  const begins = todayIn({ ...context, nowMs: startMs });
  if (daysBetween(begins, today) > OLDEST_DAYS) return new Doubt('day', 'too_old');
  const day = days?.first ?? today;
  return isSameDay(begins, day) ? undefined : new Doubt('day', 'began_the_day_before');
}
