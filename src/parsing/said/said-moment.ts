import { isOneDay } from './said-day.js';
import { type Here, isWithoutClock, type SaidTime, todayOf } from './said-time.js';
import { atMinute, type Day, instantOf } from '../../clock/wall-time.js';

/** One moment: "monday at 9:00", "last friday", "20 minutes ago". A day by itself is its beginning. */
export function momentOf(said: SaidTime, here: Here): number | undefined {
  const { instants, days, clock, ago } = said;
  if (said.unread !== undefined || said.kinds !== 1 || instants.length > 1) return undefined;
  const [instant = ago] = instants;
  if (instant) return instant.ms;
  const day = days.length === 0 ? todayOf(here) : onlyDay(said);
  if (!day || (clock.from !== undefined && clock.to !== undefined)) return undefined;
  if (isWithoutClock(said)) return instantOf(day, here.timeZone);
  return atMinute(day, clock.from ?? clock.to ?? 0, here.timeZone);
}

/** The one day that is said, or on which the one instant is. */
export function dayOf(said: SaidTime, here: Here): Day | undefined {
  if (said.unread !== undefined || said.kinds !== 1 || said.instants.length > 1) return undefined;
  const [instant] = said.instants;
  return instant ? todayOf({ nowMs: instant.ms, timeZone: here.timeZone }) : onlyDay(said);
}

function onlyDay({ days }: SaidTime): Day | undefined {
  const [day] = days;
  if (!day || !isOneDay(days) || day.role === 'after' || day.role === 'before') return undefined;
  return day.first;
}
