import type { Reading } from './reading.js';

type Half = 'am' | 'pm' | undefined;

interface ClockTime {
  hour: number;
  minute: number;
  half: Half;
  hasColon: boolean;
}

const TIME = String.raw`(noon|midnight|(\d{1,2})(?::([0-5]\d))?(?: ?(a\.?m\.?|p\.?m\.?)(?!\w))?)`;
const RANGE = new RegExp(
  String.raw`(?<![\w.,:/-])(from |between )?${TIME} ?(?:-|–|—|to|until|till|and) ?${TIME}(?![\w:/-])`,
);
const POINT = new RegExp(String.raw`(?<![\w.,:/-])(at |from |since )?${TIME}(?![\w:/-])`);
const NOON = 12 * 60;
const DAY = 24 * 60;

/** "9 to 11:30", "from 11 to 1pm", "22:00-02:00" as minutes after midnight; an end past midnight counts on. */
export function readClockRange(reading: Reading): { from: number; to: number } | undefined {
  return reading.take(RANGE, (match) => {
    const from = clockTime(match.slice(2, 6));
    const to = clockTime(match.slice(6, 10));
    const isMeant = match[1] !== undefined || isClearly(from) || isClearly(to);
    if (!from || !to || !isMeant) return undefined;
    return range(from, to);
  });
}

/** "at 9", "9am", "14:30", "noon" as minutes after midnight. A bare number is no time. */
export function readClock(reading: Reading): { from: number } | undefined {
  return reading.take(POINT, (match) => {
    const time = clockTime(match.slice(2, 6));
    if (!time || (match[1] === undefined && !isClearly(time))) return undefined;
    return { from: minutes(time) };
  });
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

function isClearly(time: ClockTime | undefined): boolean {
  return time !== undefined && (time.hasColon || time.half !== undefined);
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
