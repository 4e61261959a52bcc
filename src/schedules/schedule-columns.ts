import { jsonText } from '../storage/json-text.js';
import { isEqual } from '../flows/expressions/value-order.js';
import { jitterOf } from './timing/schedule-plan.js';
import { readRules, type ScheduleRules, type TimingInput } from './timing/schedule-reader.js';
import type { NewSchedule, ScheduleRow } from './schedules.repository.js';

/** Rules as they are stored, with the first time that comes of them. */
export function rulesColumns(
  id: string,
  rules: ScheduleRules,
  { isPaused, now }: { isPaused: boolean; now: Date },
) {
  const firesMs = rules.nextDueMs + jitterOf(id, rules.nextDueMs, rules.jitterSeconds * 1000);
  return {
    timing: jsonText(rules.timing),
    timezone: rules.timezone,
    misfire: jsonText(rules.misfire),
    overlap: rules.overlap,
    jitter_seconds: rules.jitterSeconds,
    next_due_at: isPaused ? null : new Date(rules.nextDueMs),
    next_fire_at: isPaused ? null : new Date(firesMs),
    planned_at: now,
  };
}

/**
 * The columns of a schedule whose rules are given again. Where its times stay the same, so does what is due: it may be
 * waiting for its jitter, and what is over needs no new time.
 */
export function columnsAgain(
  schedule: ScheduleRow,
  wanted: TimingInput,
  { timezone, isPaused, now }: { timezone: string; isPaused: boolean; now: Date },
): Partial<NewSchedule> {
  if (schedule.is_paused === isPaused) {
    const rules = readRules(wanted, { timezone, now: new Date(0) }); // As if nothing were over yet.
    const { timing, misfire, overlap, ...rest } = rulesColumns(schedule.id, rules, { isPaused, now });
    const columns = {
      timing,
      misfire,
      overlap,
      timezone: rest.timezone,
      jitter_seconds: rest.jitter_seconds,
    };
    if (isSameTiming(schedule, rules)) return columns;
  }
  return rulesColumns(schedule.id, readRules(wanted, { timezone, now }), { isPaused, now });
}

function isSameTiming(existing: ScheduleRow, rules: ScheduleRules): boolean {
  return (
    isEqual(existing.timing, rules.timing) &&
    existing.timezone === rules.timezone &&
    existing.jitter_seconds === rules.jitterSeconds
  );
}
