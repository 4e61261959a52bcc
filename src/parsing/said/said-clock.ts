import type { Reading } from './reading.js';

type Half = 'am' | 'pm' | undefined;

interface ClockTime {
  hour: number;
  minute: number;
  half: Half;
  hasColon: boolean;
}

const TIME = String.raw`(noon|midnight|(\d{1,2})(?::([0-5]\d))?(?: ?(a\.?m\.?|p\.?m\.?)(?!\w))?)`;
const BEFORE = String.raw`(?<![\w.,:/−–—-])`;
const AFTER = String.raw`(?![\w:/-]|[.,]\d)`;
const RANGE = new RegExp(
  String.raw`${BEFORE}(from |between )?${TIME} ?(-|–|—|to|until|till|and) ?${TIME}${AFTER}`,
);
const END = new RegExp(
  String.raw`${BEFORE}(?:until|till|ends|ending|ended|finishes|finishing|finished|by|before)(?: at| by)? ${TIME}${AFTER}`,
);
/** Not the second of two times, nor one that only bounds another. */
const ALONE = String.raw`${BEFORE}(?<!\b(?:to|and|or|than|until|till|by|before|after) )`;
const START = new RegExp(String.raw`${ALONE}(at|from|since) ${TIME}${AFTER}`);
const CLEAR_START = new RegExp(String.raw`${ALONE}(?=noon|midnight|\d{1,2}(?::| ?[ap]\.?m))${TIME}${AFTER}`);
/** "from 9 on", but not "from 9 clients". */
const NO_THING = /^ ?(?:$|[,;.!?)\uE001\uE002]|(?:on|for|at|with|in)\b)/;
const NOON = 12 * 60;
const DAY = 24 * 60;

/** Minutes after midnight; an end past midnight counts on. */
export interface SaidClock {
  from?: number;
  to?: number;
}

/** "9 to 11:30", "from 11 to 1pm", "22:00-02:00". */
export function readClockRange(reading: Reading): SaidClock | undefined {
  return reading.take(RANGE, (match) => {
    const from = clockTime(match.slice(2, 6));
    const to = clockTime(match.slice(7, 11));
    if (!from || !to || (match[6] === 'and' && match[1] !== 'between ')) return undefined;
    if (match[1] === undefined && !isClear(from) && !isClear(to)) return undefined;
    return isVague(from) && to.half === undefined && to.hour <= 12 ? undefined : range(from, to);
  });
}

/** "at 9", "9am", "14:30", "noon" as the start, "until 17:00" as the end. A bare number is no time. */
export function readClock(reading: Reading): SaidClock | undefined {
  const to = reading.take(END, (match) => {
    const time = clockTime(match.slice(1, 5));
    return time && (isClear(time) || time.hour > 12) ? time : undefined;
  });
  const from = readStart(reading);
  if (from && to) return range(from, to);
  if (to) return { to: minutes(to) || DAY };
  return from && { from: minutes(from) };
}

function readStart(reading: Reading): ClockTime | undefined {
  const start = reading.take(START, (match) => {
    const time = clockTime(match.slice(2, 6));
    if (!time || isClear(time) || match[1] === 'at') return time && !isVague(time) ? time : undefined;
    const rest = reading.text.slice(match.index + match[0].length);
    return !isVague(time) && NO_THING.test(rest) ? time : undefined;
  });
  return start ?? reading.take(CLEAR_START, (match) => clockTime(match.slice(1, 5)));
}

function clockTime([word, hour, minute, half]: readonly (string | undefined)[]): ClockTime | undefined {
  if (word === 'noon') return { hour: 12, minute: 0, half: 'pm', hasColon: true };
  if (word === 'midnight') return { hour: 12, minute: 0, half: 'am', hasColon: true };
  const time: ClockTime = {
    hour: Number(hour),
    minute: Number(minute ?? 0),
    half: half === undefined ? undefined : half.startsWith('a') ? 'am' : 'pm',
    hasColon: minute !== undefined,
  };
  const isReal = time.half === undefined ? time.hour <= 24 : time.hour >= 1 && time.hour <= 12;
  return isReal && minutes(time) <= DAY ? time : undefined;
}

function isClear(time: ClockTime): boolean {
  return time.hasColon || time.half !== undefined;
}

/** "at 3" may be in the afternoon or in the night. */
function isVague(time: ClockTime): boolean {
  return !isClear(time) && time.hour >= 1 && time.hour <= 6;
}

function minutes({ hour, minute, half }: ClockTime): number {
  if (half === undefined) return hour * 60 + minute;
  return (hour % 12) * 60 + minute + (half === 'pm' ? NOON : 0);
}

function range(from: ClockTime, to: ClockTime): { from: number; to: number } {
  if (from.half === undefined && to.half !== undefined && from.hour <= 12) {
    const end = minutes(to);
    const sameHalf = minutes({ ...from, half: to.half });
    const otherHalf = minutes({ ...from, half: to.half === 'am' ? 'pm' : 'am' });
    // "11 to 1pm" begins in the morning; "10 to 2am" in the evening before.
    const start = sameHalf < end ? sameHalf : otherHalf;
    return { from: start, to: end > start ? end : end + DAY };
  }
  const start = minutes(from);
  const end = minutes(to);
  if (end > start) return { from: start, to: end };
  // "9am to 5", "from 10 to 2": the next time that a clock with twelve hours shows the end.
  const isTwelveHour = to.half === undefined && to.hour <= 12 && (from.half !== undefined || from.hour <= 12);
  if (isTwelveHour && (end % NOON) + NOON > start) {
    return { from: start, to: (end % NOON) + NOON };
  }
  return { from: start, to: end + DAY };
}
