import type { Reading } from './reading.js';
import { COUNT_WORD, readCount } from './said-number.js';

const MINUTE_MS = 60_000;
const LONGEST_MS = 7 * 24 * 60 * MINUTE_MS;
/** Not inside a number or a name, and not negative. */
const OUTSIDE = String.raw`(?<![\w.:/−–—-]|\d,)`;
/** One end of a guess ("2 or 3 hours"), the tail of a number ("thirty five minutes"), something yet to come. */
const PART =
  'to|between|or|than|minus|less|in|next|coming|twenty|thirty|forty|fifty|sixty|hundred|quarters? of|third of';
/** After these a number is a time of day: "at 14h30". */
const CLOCK = 'at|from|since|until|till|by|before|after';
/** Not one end of a range of hours: "9h-11h", "2h to 3h". */
const END = String.raw`(?!\w)(?! ?(?:[-–—]|to|or) ?\d{1,3} ?h)`;
const COUNT = String.raw`(\d{1,4}(?:[.,]\d{1,2})?(?= ?[a-z])|${COUNT_WORD}(?= ))`;
const HOUR = '(?:h|hrs?|hours?)';
const MINUTE = '(?:m|mins?|minutes?)';
/** After "1h 30" there is nothing that the 30 could be a number of. */
const NO_THING = String.raw`(?![\w.,:/-])(?= ?(?:$|[;!?)\uE001\uE002]|(?:on|for|at|from|with)\b))`;

type Use = (match: RegExpExecArray) => number;

/** Each form with the minutes it means, the longer forms first. */
const FORMS: readonly [source: string, minutes: Use][] = [
  [String.raw`pt(?=\d)(?:(\d{1,3})h)?(?:(\d{1,4})m)?`, ([, h = '0', m = '0']) => Number(h) * 60 + Number(m)],
  [String.raw`(\d{1,3}):([0-5]\d) ?${HOUR}`, ([, h, m]) => Number(h) * 60 + Number(m)],
  [String.raw`(?:half an|a half) hour`, () => 30],
  [String.raw`(?:a )?quarter (?:of an )?hour`, () => 15],
  [String.raw`${COUNT} (?:and a half hours|hours? and a half)`, ([, h = '']) => readCount(h) * 60 + 30],
  [
    String.raw`${COUNT} ?${HOUR},?(?: and)? ?(?:(\d{1,2}) ?${MINUTE}|(?<=h)(\d{1,2})|(\d{1,2})${NO_THING})`,
    // "14h30" is as well a time of day.
    ([, h = '', m, attached, bare]) =>
      attached !== undefined && h.length > 1 ? NaN : readCount(h) * 60 + Number(m ?? attached ?? bare),
  ],
  [String.raw`${COUNT} ?${HOUR}(?!(?:,| and)? \d{1,2}(?![\w.,:/-]))`, ([, h = '']) => readCount(h) * 60],
  [String.raw`${COUNT} ?${MINUTE}`, ([, m = '']) => readCount(m)],
];
const DURATIONS = FORMS.map(
  ([source, minutes]) =>
    [new RegExp(`${OUTSIDE}(?<!\\b(?:${PART}|${CLOCK}) )${source}${END}`), minutes] as const,
);
const AGO = FORMS.map(
  ([source, minutes]) =>
    [new RegExp(`${OUTSIDE}(?<!\\b(?:${PART}) )${source}(?!\\w) ago\\b`), minutes] as const,
);

/** The first duration that the text says, in milliseconds. */
export function readDuration(reading: Reading): number | undefined {
  return readForm(reading, DURATIONS, (durationMs) => durationMs);
}

/** "two hours ago": how long ago, and where that stands. */
export function readAgo(reading: Reading): { agoMs: number; at: number } | undefined {
  return readForm(reading, AGO, (agoMs, at) => ({ agoMs, at }));
}

function readForm<T>(
  reading: Reading,
  patterns: readonly (readonly [RegExp, Use])[],
  use: (ms: number, at: number) => T,
): T | undefined {
  for (const [pattern, minutes] of patterns) {
    const found = reading.take(pattern, (match) => {
      const ms = Math.round(minutes(match) * MINUTE_MS);
      return ms > 0 && ms <= LONGEST_MS ? use(ms, match.index) : undefined;
    });
    if (found !== undefined) return found;
  }
  return undefined;
}
