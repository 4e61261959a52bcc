import type { Duration } from '../../clock/iso-duration.js';
import type { TimeZone } from '../../clock/time-zone.js';
import { type CronObject, parseCronObject } from './cron-object.js';
import { type CronRule, daysIn, nextWall } from './cron-rule.js';
import { parseCronText } from './cron-text.js';
import { readInterval } from './interval.js';
import { RuleMistake } from './rule-mistake.js';
import { scheduleZone } from './schedule-zone.js';

/** When a schedule fires, as it is stored. `anchor` is the instant that intervals are counted from. */
export type Timing =
  | { kind: 'cron'; cron: string | CronObject }
  | { kind: 'every'; every: string; anchor: string }
  | { kind: 'at'; at: string };

/** Promises the due times in order, each once, whatever the zone's clocks do. */
export interface Recurrence {
  /** The first due time after this instant; undefined when there is none any more. */
  next(afterMs: number): number | undefined;
}

export function createRecurrence(timing: Timing, timezone: string): Recurrence {
  const zone = scheduleZone(timezone);
  if (timing.kind === 'at') return once(parseInstant(timing.at, zone, 'at'));
  if (timing.kind === 'every') {
    return everyDuration(
      readInterval(timing.every, 'every'),
      parseInstant(timing.anchor, zone, 'startAt'),
      zone,
    );
  }
  return cronRecurrence(parseCron(timing.cron), zone);
}

export function nextRuns(recurrence: Recurrence, afterMs: number, count: number): number[] {
  const runs: number[] = [];
  for (let at = recurrence.next(afterMs); at !== undefined && runs.length < count; at = recurrence.next(at)) {
    runs.push(at);
  }
  return runs;
}

function parseCron(cron: string | CronObject): CronRule {
  return typeof cron === 'string' ? parseCronText(cron) : parseCronObject(cron);
}

function cronRecurrence(rule: CronRule, zone: TimeZone): Recurrence {
  return {
    next(afterMs) {
      const wall = nextWall(rule, zone.latestWallAt(afterMs));
      return wall === undefined ? undefined : zone.instantOf(wall);
    },
  };
}

function once(atMs: number): Recurrence {
  return { next: (afterMs) => (atMs > afterMs ? atMs : undefined) };
}

function everyDuration(duration: Duration, anchorMs: number, zone: TimeZone): Recurrence {
  const wall = zone.wallAt(anchorMs);
  const isCalendar = duration.months + duration.days > 0;
  const nth = (n: number): number =>
    (isCalendar ? zone.instantOf(addCalendar(wall, duration, n)) : anchorMs) + duration.ms * n;
  const shortestMs = duration.months * 28 * 86_400_000 + duration.days * 86_400_000 + duration.ms;
  return {
    next(afterMs) {
      if (anchorMs > afterMs) return anchorMs;
      // The steps are of unequal length, but never shorter than this: the answer lies between 1 and that many.
      let low = 0;
      let high = Math.ceil((afterMs - anchorMs) / shortestMs) + 2;
      while (high - low > 1) {
        const middle = Math.floor((low + high) / 2);
        if (nth(middle) > afterMs) high = middle;
        else low = middle;
      }
      return nth(high);
    },
  };
}

/** The anchor's wall time moved by n durations; the 31st falls on the last day of a shorter month. */
function addCalendar(wallMs: number, duration: Duration, n: number): number {
  const date = new Date(wallMs);
  const months = date.getUTCFullYear() * 12 + date.getUTCMonth() + duration.months * n;
  const [year, month] = [Math.floor(months / 12), (months % 12) + 1];
  const day = Math.min(date.getUTCDate(), daysIn(year, month)) + duration.days * n;
  return Date.UTC(year, month - 1, day) + (((wallMs % 86_400_000) + 86_400_000) % 86_400_000);
}

const INSTANT =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?(Z|[+-]\d\d:?\d\d)?$/i;

/** An ISO 8601 date and time; without an offset it is the wall time of the schedule's zone. */
export function parseInstant(text: string, zone: TimeZone, path: string): number {
  const match = INSTANT.exec(text.trim());
  if (!match) throw new RuleMistake(path, 'must be an ISO 8601 date and time, such as 2027-01-31T08:00:00');
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  // Years of two digits would be taken for those of the last century.
  const isDate = year >= 100 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month);
  if (!isDate || hour > 23 || minute > 59 || second > 59) {
    throw new RuleMistake(path, `${text.trim()} is not a date and time of the calendar`);
  }
  const milliseconds = Number((match[7] ?? '0').padEnd(3, '0').slice(0, 3));
  const wall = Date.UTC(year, month - 1, day, hour, minute, second, milliseconds);
  const offset = match[8];
  return offset === undefined ? zone.instantOf(wall) : wall - offsetMs(offset, path);
}

function offsetMs(offset: string, path: string): number {
  if (offset.toUpperCase() === 'Z') return 0;
  const [hours, minutes] = [Number(offset.slice(1, 3)), Number(offset.slice(-2))];
  if (hours > 14 || minutes > 59) throw new RuleMistake(path, `${offset} is not an offset that any zone has`);
  return (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}
