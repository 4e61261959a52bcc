import { Reading } from './reading.js';
import { readClock, readClockRange, type SaidClock } from './said-clock.js';
import { readDays, type SaidDays } from './said-day.js';
import { readAgo, readDuration } from './said-duration.js';
import { type Role, roleAt } from './said-role.js';
import { repetitionIn, unreadIn } from './said-unread.js';
import { type Day, realDay, wallTimeAt } from '../../clock/wall-time.js';

/** What a text says about time, in its own words' terms. English; everything else is left alone. */
export interface SaidTime {
  /** Instants with their offset, written out. */
  instants: SaidInstant[];
  days: SaidDays[];
  clock: SaidClock;
  durationMs?: number;
  /** "two hours ago", as an instant. */
  ago?: SaidInstant;
  /** In how many ways it says when: by instants, by days and times of day, by how long ago. One is clear. */
  kinds: number;
  /** Whether it speaks of something that started and may still go on. */
  isStart: boolean;
  /** "start a timer", which begins and does not end. */
  isTimer: boolean;
  /** What looks like a day or a time and is not understood. Nothing is certain then. */
  unread?: string;
  /** "every day". */
  repetition?: string;
  /** Where the text says all this. */
  places: ReadonlySet<number>;
}

export interface SaidInstant {
  ms: number;
  role: Role | undefined;
}

export interface Here {
  nowMs: number;
  timeZone: string;
}

const INSTANT =
  /(?<![\w./-])(\d{4})-(\d\d)-(\d\d)t\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:z|[+-]\d\d:?\d\d)(?![\w:])/;
const STARTS = /\b(?:starts?|started|starting|begins?|began|begun|beginning|since|timer)\b/;
const TIMER = /\b(?:start|begin|run)\b[^.;]{0,40}\btimer\b/;

/** Reads each kind of expression in turn and takes it out of the text, so that nothing is read twice. */
export function readSaidTime(text: string, here: Here): SaidTime {
  const reading = new Reading(text);
  const instants = reading.takeAll(INSTANT, (match) => instantIn(match, reading.text));
  const ago = readAgo(reading);
  const agoRole = ago && roleAt(reading.text, ago.at);
  const days = readDays(reading, todayOf(here));
  const range = readClockRange(reading);
  const durationMs = readDuration(reading);
  const clock = range ?? readClock(reading) ?? {};
  const unread = unreadIn(reading);
  const repetition = repetitionIn(reading);
  const hasDay = days.length > 0 || Object.keys(clock).length > 0;
  return {
    instants,
    days,
    clock,
    kinds: Number(instants.length > 0) + Number(hasDay) + Number(ago !== undefined),
    isStart: STARTS.test(reading.text),
    isTimer: TIMER.test(reading.text),
    places: reading.readPlaces(),
    ...(durationMs === undefined ? {} : { durationMs }),
    ...(ago === undefined ? {} : { ago: { ms: here.nowMs - ago.agoMs, role: agoRole } }),
    ...(unread === undefined ? {} : { unread }),
    ...(repetition === undefined ? {} : { repetition }),
  };
}

/** JavaScript would take the 31st of February for a day in March. */
function instantIn(match: RegExpExecArray, text: string): SaidInstant | undefined {
  const [written, year, month, day] = match;
  const ms = Date.parse(written);
  if (Number.isNaN(ms) || !realDay(Number(year), Number(month), Number(day))) return undefined;
  return { ms, role: roleAt(text, match.index) };
}

export function isWithoutClock({ clock }: SaidTime): boolean {
  return clock.from === undefined && clock.to === undefined;
}

export function todayOf({ nowMs, timeZone }: Here): Day {
  const { year, month, day } = wallTimeAt(nowMs, timeZone);
  return { year, month, day };
}

/** `2026-11-20T09:00:00Z`: what every API takes. */
export function isoSeconds(instantMs: number): string {
  return new Date(instantMs).toISOString().replace(/\.\d+Z$/, 'Z');
}
