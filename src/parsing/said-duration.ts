import type { Reading } from './reading.js';
import { readCount } from './said-number.js';

const MINUTE_MS = 60_000;
const LONGEST_MS = 7 * 24 * 60 * MINUTE_MS;
const COUNT = String.raw`(\d{1,4}(?:[.,]\d{1,2})?|an?|one|two|three|four|five|six|seven|eight|nine|ten)`;
const HOUR = '(?:h|hrs?|hours?)';
const MINUTE = '(?:m|mins?|minutes?)';

type Use = (match: RegExpExecArray) => number;

/** Each form with the minutes it means, the longer forms first. */
const FORMS: readonly [source: string, minutes: Use][] = [
  [
    String.raw`(?<![\w.,:])pt(?:(\d{1,3})h)?(?:(\d{1,4})m)?(?!\w)`,
    ([, h = '0', m = '0']) => Number(h) * 60 + Number(m),
  ],
  [String.raw`(?<![\w.,:])(\d{1,3}):([0-5]\d) ?${HOUR}(?!\w)`, ([, h, m]) => Number(h) * 60 + Number(m)],
  [String.raw`(?<![\w.,:])(?:half an|a half) hour(?!\w)`, () => 30],
  [String.raw`(?<![\w.,:])(?:a )?quarter (?:of an )?hour(?!\w)`, () => 15],
  [
    String.raw`(?<![\w.,:])${COUNT} (?:and a half hours|hours? and a half)(?!\w)`,
    ([, h = '']) => readCount(h) * 60 + 30,
  ],
  [
    String.raw`(?<![\w.,:])${COUNT} ?${HOUR},?(?: and)? ?(\d{1,2}) ?(?:${MINUTE}(?!\w)|(?![\w.,:]))`,
    ([, h = '', m]) => readCount(h) * 60 + Number(m),
  ],
  [String.raw`(?<![\w.,:])${COUNT} ?${HOUR}(?!\w)`, ([, h = '']) => readCount(h) * 60],
  [String.raw`(?<![\w.,:])${COUNT} ?${MINUTE}(?!\w)`, ([, m = '']) => readCount(m)],
];

/** The first duration that the text says, in milliseconds; with `suffix`, only one that is followed by it. */
export function readDuration(reading: Reading, suffix?: RegExp): number | undefined {
  for (const [source, minutes] of FORMS) {
    const durationMs = reading.take(new RegExp(source + (suffix?.source ?? '')), (match) => {
      const ms = Math.round(minutes(match) * MINUTE_MS);
      return ms > 0 && ms <= LONGEST_MS ? ms : undefined;
    });
    if (durationMs !== undefined) return durationMs;
  }
  return undefined;
}
