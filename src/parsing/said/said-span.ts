import type { Role } from './said-role.js';
import { isOneDay, type SaidDays } from './said-day.js';
import { type Here, isWithoutClock, type SaidTime, todayOf } from './said-time.js';
import { atMinute, type Day, daysBetween } from '../../clock/wall-time.js';

/** From when to when, as far as it is said. */
export interface Span {
  startMs?: number;
  endMs?: number;
}

/** A span; or why none can be told from the text; or undefined where the text says nothing about time. */
export type SaidSpan = Span | Unclear | undefined;

export interface Unclear {
  fault: string;
}

interface Points {
  startMs?: number | undefined;
  endMs?: number | undefined;
  durationMs?: number | undefined;
}

/** When work of "2h yesterday" is taken to have begun. */
const WORKDAY_STARTS_MINUTE = 9 * 60;
const FIRST_MS = Date.parse('1900-01-01T00:00:00Z');
const LAST_MS = Date.parse('9999-12-31T23:59:59Z');
const ENDS: ReadonlySet<Role | undefined> = new Set(['to', 'until', 'before']);
/** "from yesterday", "to monday": the day itself. "2h since monday" is not said of one piece of work. */
const OF_ONE_DAY: ReadonlySet<Role | undefined> = new Set([undefined, 'from', 'to', 'and', 'dash']);

/** The span that something took: "2h yesterday", "9 to 11:30", "2h until 17:00". */
export function spanOf(said: SaidTime, here: Here): SaidSpan {
  const doubt = said.unread ?? said.repetition;
  if (doubt !== undefined) return notUnderstood(doubt);
  if (said.kinds === 0 && said.durationMs === undefined) return undefined;
  const points = pointsOf(said, here);
  return 'fault' in points ? points : completed(points, said.isStart);
}

function pointsOf(said: SaidTime, here: Here): Points | Unclear {
  const { instants, ago, durationMs } = said;
  const [first = ago, second, third] = instants;
  if (said.kinds > 1 || third) return saidTwice();
  if (second) return { startMs: first?.ms, endMs: second.ms, durationMs };
  if (first) return { [ENDS.has(first.role) ? 'endMs' : 'startMs']: first.ms, durationMs };
  if (!isOfOneDay(said.days)) return { fault: 'cannot be told: give one day for one piece of work' };
  return isWithoutClock(said) ? pointsOfDuration(said, here) : pointsOfClock(said, here);
}

function isOfOneDay(days: readonly SaidDays[]): boolean {
  return days.length === 0 || (isOneDay(days) && days.every(({ role }) => OF_ONE_DAY.has(role)));
}

function pointsOfClock({ days, clock, durationMs }: SaidTime, here: Here): Points | Unclear {
  const day = days[0]?.first ?? todayOf(here);
  const points: Points = { durationMs };
  for (const [edge, minutes] of [
    ['startMs', clock.from],
    ['endMs', clock.to],
  ] as const) {
    if (minutes === undefined) continue;
    points[edge] = atMinute(day, minutes, here.timeZone);
    if (points[edge] === undefined) return { fault: 'cannot be told: on that day the clocks skip that time' };
  }
  return points;
}

/** A duration today ends now; on another day the work began in the morning. */
function pointsOfDuration({ days, durationMs, isTimer }: SaidTime, here: Here): Points | Unclear {
  if (durationMs === undefined) return { fault: 'is not said: there is a day, but no duration and no times' };
  if (isTimer) return { fault: 'cannot be told: a timer that is started has no duration' };
  const today = todayOf(here);
  const day: Day = days[0]?.first ?? today;
  if (daysBetween(day, today) === 0) return { endMs: here.nowMs, durationMs };
  return { startMs: atMinute(day, WORKDAY_STARTS_MINUTE, here.timeZone), durationMs };
}

/** A start without an end is a timer that runs, which only a text that speaks of starting asks for. */
function completed({ startMs, endMs, durationMs }: Points, isStart: boolean): Span | Unclear {
  if (durationMs === undefined && endMs === undefined) {
    if (isStart && startMs !== undefined) return checked({ startMs });
    return { fault: 'is not said whole: there is neither an end nor a duration' };
  }
  if (durationMs === undefined && startMs === undefined)
    return { fault: 'is not said: there is an end, but no start and no duration' };
  const from = startMs ?? (endMs ?? 0) - (durationMs ?? 0);
  const to = endMs ?? from + (durationMs ?? 0);
  if (durationMs !== undefined && to - from !== durationMs)
    return { fault: 'cannot be told: the times and the duration do not agree' };
  return checked({ startMs: from, endMs: to });
}

/** The span, if it has a length and every API can write its times. */
export function checked(span: Span): Span | Unclear {
  const { startMs = FIRST_MS, endMs = LAST_MS } = span;
  if (startMs >= endMs) return { fault: 'cannot be told: the end is not after the start' };
  if (startMs < FIRST_MS || endMs > LAST_MS) return { fault: 'is out of the years that can be sent' };
  return span;
}

export function notUnderstood(piece: string): Unclear {
  return {
    fault: `cannot be told: ${JSON.stringify(piece)} is not understood; write days and times as in 2h on 2026-11-05 at 9:00, and names in quotes`,
  };
}

export function saidTwice(): Unclear {
  return { fault: 'cannot be told: the request says it in more than one way' };
}
