import type { CronObject } from './cron-object.js';
import { createRecurrence, parseInstant, type Recurrence, type Timing } from './recurrence.js';
import { RuleMistake } from './rule-mistake.js';
import type { Misfire } from './schedule-plan.js';
import { ScheduleInvalidError } from '../schedules.errors.js';
import type { Fault } from '../../errors/fault.js';
import { scheduleZone } from './schedule-zone.js';

export const OVERLAPS = ['queue', 'skip', 'parallel'] as const;
export type Overlap = (typeof OVERLAPS)[number];

/** When something is to happen, as callers write it. */
export interface TimingInput {
  cron?: unknown;
  every?: unknown;
  at?: unknown;
  startAt?: unknown;
  timeZone?: unknown;
  /** How `timeZone` was spelled at first. */
  timezone?: unknown;
  misfire?: unknown;
  overlap?: unknown;
  jitter?: unknown;
}

export const TIMING_KEYS = ['cron', 'every', 'at', 'startAt', 'timeZone', 'misfire', 'overlap', 'jitter'];

export function isTimingKey(key: string): boolean {
  return TIMING_KEYS.includes(key) || key === 'timezone';
}

export interface ScheduleRules {
  timing: Timing;
  timezone: string;
  recurrence: Recurrence;
  misfire: Misfire;
  overlap: Overlap;
  jitterSeconds: number;
  nextDueMs: number;
}

const JITTER_MAX_SECONDS = 3600;
const CATCH_UP_MAX = 1000;

/** Reads it, or throws one error that names every field that is wrong. */
export function readRules(input: TimingInput, defaults: { timezone: string; now: Date }): ScheduleRules {
  const faults: Fault[] = [];
  const attempt = <T>(read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof RuleMistake)) throw error;
      faults.push({ path: error.path, message: error.message });
      return undefined;
    }
  };
  const timezone = attempt(() => readZone(input, defaults.timezone));
  const timing = attempt(() => readTiming(input, { ...defaults, timezone: timezone ?? 'UTC' }));
  const misfire = attempt(() => readMisfire(input.misfire ?? 'coalesce'));
  const overlap = attempt(() => readOverlap(input.overlap ?? 'queue'));
  const jitterSeconds = attempt(() => readJitter(input.jitter ?? 0));
  const recurrence =
    timing && timezone !== undefined ? attempt(() => createRecurrence(timing, timezone)) : undefined;
  const nextDueMs = recurrence?.next(defaults.now.getTime());
  if (timing && recurrence && nextDueMs === undefined) faults.push(neverDue(timing));
  const isWhole =
    timezone !== undefined && timing && misfire && overlap && jitterSeconds !== undefined && recurrence;
  if (faults.length > 0 || !isWhole || nextDueMs === undefined) throw new ScheduleInvalidError(faults);
  return { timing, timezone, recurrence, misfire, overlap, jitterSeconds, nextDueMs };
}

function neverDue(timing: Timing): Fault {
  if (timing.kind === 'at') return { path: 'at', message: 'is in the past' };
  return { path: timing.kind, message: 'names a date that never comes' };
}

function readZone(input: TimingInput, preset: string): string {
  const { path, value } = zoneGiven(input);
  if (value !== undefined && typeof value !== 'string')
    throw new RuleMistake(path, 'must be a text such as Europe/Berlin');
  scheduleZone(value ?? preset, path);
  return value ?? preset;
}

/** By either of its names, undefined where it is left out. */
function zoneGiven({ timeZone, timezone }: TimingInput): { path: string; value: unknown } {
  const [value, old] = [timeZone ?? undefined, timezone ?? undefined];
  if (value !== undefined && old !== undefined && value !== old)
    throw new RuleMistake('timezone', 'is the old name of timeZone and says something else: send timeZone');
  return value === undefined && old !== undefined
    ? { path: 'timezone', value: old }
    : { path: 'timeZone', value };
}

function readTiming(input: TimingInput, defaults: { timezone: string; now: Date }): Timing {
  const given = (['cron', 'every', 'at'] as const).filter((key) => (input[key] ?? undefined) !== undefined);
  const [kind] = given;
  if (kind === undefined || given.length > 1) {
    throw new RuleMistake(
      given.at(1) ?? 'cron',
      'must be given, or every or at in its place: exactly one of the three',
    );
  }
  if (kind !== 'every' && (input.startAt ?? undefined) !== undefined) {
    throw new RuleMistake('startAt', 'goes with every only');
  }
  if (kind === 'cron') return { kind, cron: readCron(input.cron) };
  const value = input[kind];
  if (typeof value !== 'string') throw new RuleMistake(kind, 'must be a text');
  const zone = scheduleZone(defaults.timezone);
  if (kind === 'at') return { kind, at: new Date(parseInstant(value, zone, 'at')).toISOString() };
  const startAt = input.startAt ?? defaults.now.toISOString();
  if (typeof startAt !== 'string') throw new RuleMistake('startAt', 'must be a text');
  return { kind, every: value, anchor: new Date(parseInstant(startAt, zone, 'startAt')).toISOString() };
}

function readCron(value: unknown): string | CronObject {
  if (typeof value === 'string') return value;
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as CronObject;
  throw new RuleMistake('cron', 'must be a text of five or six fields, or an object of fields');
}

function readMisfire(value: unknown): Misfire {
  if (value === 'skip' || value === 'coalesce') return { policy: value };
  if (value === 'catch_up') return { policy: 'catch_up', max: 10 };
  const max =
    typeof value === 'object' && value !== null && Object.keys(value).length === 1 && 'catch_up' in value
      ? value.catch_up
      : undefined;
  if (Number.isInteger(max) && Number(max) >= 1 && Number(max) <= CATCH_UP_MAX) {
    return { policy: 'catch_up', max: Number(max) };
  }
  throw new RuleMistake('misfire', `must be skip, coalesce, catch_up, or {"catch_up": 1 to ${CATCH_UP_MAX}}`);
}

function readOverlap(value: unknown): Overlap {
  const overlap = OVERLAPS.find((known) => known === value);
  if (overlap === undefined) throw new RuleMistake('overlap', `must be one of ${OVERLAPS.join(', ')}`);
  return overlap;
}

function readJitter(value: unknown): number {
  if (Number.isInteger(value) && Number(value) >= 0 && Number(value) <= JITTER_MAX_SECONDS)
    return Number(value);
  throw new RuleMistake('jitter', `must be a whole number of seconds from 0 to ${JITTER_MAX_SECONDS}`);
}
