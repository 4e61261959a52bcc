import type { SaidDays } from './said-day.js';
import { isOneDay } from './said-day.js';
import { checked, notUnderstood, type SaidSpan, saidTwice, type Span, type Unclear } from './said-span.js';
import { type Here, isWithoutClock, type SaidInstant, type SaidTime } from './said-time.js';
import { addDays, atMinute, instantOf } from '../../clock/wall-time.js';

const UNCLEAR_DAYS: Unclear = {
  fault:
    'cannot be told: name one day or period, or the first and the last day: from 2026-11-03 to 2026-11-05',
};

/** The span that is asked about: whole days, unless times of day are said. It may be open: "since monday". */
export function windowOf(said: SaidTime, here: Here): SaidSpan {
  if (said.durationMs !== undefined || said.ago)
    return { fault: 'cannot be told from a duration: name days' };
  if (said.unread !== undefined) return notUnderstood(said.unread);
  if (said.kinds === 0) return undefined;
  if (said.kinds > 1) return saidTwice();
  const window = said.instants.length > 0 ? ofInstants(said.instants) : ofDays(said, here);
  return 'fault' in window ? window : checked(window);
}

function ofInstants([first, second, third]: readonly SaidInstant[]): Span | Unclear {
  if (!first || third) return saidTwice();
  if (second) return { startMs: first.ms, endMs: second.ms };
  if (first.role === 'since' || first.role === 'from' || first.role === 'after') return { startMs: first.ms };
  if (first.role === 'until' || first.role === 'before') return { endMs: first.ms };
  return { fault: 'cannot be told: give the start and the end' };
}

function ofDays(said: SaidTime, here: Here): Span | Unclear {
  const { days } = said;
  if (!isWithoutClock(said)) return ofTimes(said, here);
  const [first, last] = days;
  if (!first || days.length > 2) return UNCLEAR_DAYS;
  if (!last) return ofOne(first, here);
  if (isOneDay(days) && last.role !== 'to') return ofOne(first, here);
  const isLast =
    last.role === 'to' || last.role === 'until' || last.role === 'before' || last.role === 'dash';
  if (!isLast && !(first.role === 'between' && last.role === 'and')) return UNCLEAR_DAYS;
  if (first.role === 'until' || first.role === 'before' || first.role === 'to') return UNCLEAR_DAYS;
  const from = first.role === 'after' ? dayAfter(first, here) : startOf(first, here);
  return { startMs: from, endMs: last.role === 'before' ? endBefore(last, here) : endOf(last, here) };
}

/** "from 9 to 12" on one day; any other time of day does not bound days clearly. */
function ofTimes({ days, clock }: SaidTime, here: Here): Span | Unclear {
  const [day] = days;
  const { from, to } = clock;
  const isClear = day && isOneDay(days) && day.role === undefined;
  if (!isClear || from === undefined || to === undefined)
    return { fault: 'cannot be told: times need one day, a start and an end: 2026-11-05 from 9:00 to 12:00' };
  const startMs = atMinute(day.first, from, here.timeZone);
  const endMs = atMinute(day.first, to, here.timeZone);
  if (startMs === undefined || endMs === undefined)
    return { fault: 'cannot be told: on that day the clocks skip that time' };
  return { startMs, endMs };
}

/** "from monday" may mean of that day or since then; "from last week" means of that week. */
function ofOne(days: SaidDays, here: Here): Span | Unclear {
  switch (days.role) {
    case 'since':
      return { startMs: startOf(days, here) };
    case 'after':
      return { startMs: dayAfter(days, here) };
    case 'until':
      return { endMs: endOf(days, here) };
    case 'before':
      return { endMs: endBefore(days, here) };
    case 'from':
      return days.isRelative ? { startMs: startOf(days, here), endMs: endOf(days, here) } : UNCLEAR_DAYS;
    case 'to':
    case 'between':
      return UNCLEAR_DAYS;
    default:
      return { startMs: startOf(days, here), endMs: endOf(days, here) };
  }
}

function startOf({ first }: SaidDays, { timeZone }: Here): number {
  return instantOf(first, timeZone);
}

function dayAfter({ last }: SaidDays, { timeZone }: Here): number {
  return instantOf(addDays(last, 1), timeZone);
}

/** The last second, because APIs take the end as a part of the span. */
function endOf(days: SaidDays, here: Here): number {
  return dayAfter(days, here) - 1000;
}

function endBefore(days: SaidDays, here: Here): number {
  return startOf(days, here) - 1000;
}
