import type { Span, Unclear } from './said-span.js';
import { type Here, todayOf } from './said-time.js';
import { daysBetween } from '../../clock/wall-time.js';

const LONGEST_MS = 16 * 3_600_000;
/** Clocks differ, and whoever says "until 17:00" may do so a little before. */
const AHEAD_MS = 5 * 60_000;

/** Why nobody worked like this; undefined where somebody may have. `isOfToday`: no other day is said. */
export function implausible(span: Span, here: Here, isOfToday: boolean): Unclear | undefined {
  const { startMs = here.nowMs, endMs = here.nowMs } = span;
  if (startMs > here.nowMs || endMs > here.nowMs + AHEAD_MS) return { fault: 'is in the future' };
  if (endMs - startMs > LONGEST_MS) return { fault: 'is longer than 16 hours' };
  const begins = todayOf({ nowMs: startMs, timeZone: here.timeZone });
  if (isOfToday && daysBetween(begins, todayOf(here)) !== 0)
    return { fault: 'cannot be told: it would have begun yesterday; say from when to when' };
  return undefined;
}
