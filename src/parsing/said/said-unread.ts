import { MONTH } from './said-day.js';
import { COUNT_WORD } from './said-number.js';
import { DAY_MARK, MARK, type Reading } from './reading.js';

const NUMBER_WORD = `(?:${COUNT_WORD}|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|hundred|half|few|several|couple of|quarters? of an?)`;
/** Numbers that can be said of nothing but an amount, wherever they stand; "a" and "an" are none. */
const AMOUNT =
  'one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|dozen|half|halves|quarters?|thirds?|couple|several';
/** Of a day or a time that was read they make another one. */
const QUALIFIER =
  'upcoming|coming|following|next|last|past|previous|prior|this|that|other|another|same|about|around|approximately|approx|roughly|almost|nearly|circa|ca|some|maybe|perhaps|probably|possibly|over|under|than|least|most|max|every|each|early|late|mid|not|no|except|without|excluding|minus|plus|less|more|extra|first|second|third|fourth|fifth|sharp|beginning of|start of|middle of|end of|alternate';
const ZONE =
  'utc|gmt|z|wet|west|cet|cest|eet|eest|msk|bst|ist|est|edt|et|cst|cdt|ct|mst|mdt|mt|pst|pdt|pt|akst|akdt|hst|brt|art|jst|kst|sgt|hkt|pkt|wib|aest|aedt|acst|acdt|awst|nzst|nzdt|eastern|central|mountain|pacific';
const LONGEST_SHOWN = 40;
const UNIT = '(?:secs?|seconds?|mins?|minutes?|hrs?|hours?|days?|weeks?|months?|years?)';
const DATE_WORD =
  '(?:on|in|of|for|from|since|after|to|until|till|by|before|through|between|during|last|this|next|early|late|mid)';
const NUMBER_ENDS = String.raw`(?![\w:/%-]|[.,]\d)`;

/** What looks like a day or a time. Found in what was left unread, it says that not all was understood. */
const PATTERNS: readonly RegExp[] = [
  // Dates: 05/11/2026, 5.11.26, 2026-11, 5/11, on 5.11; the 5th.
  /(?<![\w./-])\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d\d)(?![\w/-])/,
  /(?<![\w./-])\d{4}[./-]\d{1,2}[./-]\d{1,2}(?![\d/-])/,
  /(?<![\w./-])(?:19|20)\d\d-\d\d(?![\w/-])/,
  /(?<![\w./-])(?:0?[1-9]|[12]\d|3[01])\/(?:0?[1-9]|[12]\d|3[01])(?![\w/-])/,
  /(?:^|\b(?:on|at|for|from|since|until|till|by|before|after) |[\uE001\uE002] ?)\d{1,2}\.\d{1,2}(?![\w/%-]|\.\d)/,
  /\b(?:the|on|since|until|till|before|after|by|from|to) \d{1,2}(?:st|nd|rd|th)\b/,
  // Months, years, quarters.
  /\b(?:january|february|april|june|july|august|september|october|november|december)\b/,
  new RegExp(String.raw`\b${DATE_WORD} (?:the )?(?:${MONTH})\b`),
  new RegExp(String.raw`\b(?:${MONTH})\.? \d|\d(?:st|nd|rd|th)?(?: of)? (?:${MONTH})\b`),
  new RegExp(String.raw`\b${DATE_WORD} (?:the )?(?:year )?(?:19|20)\d\d\b(?![-./]\d)`),
  new RegExp(String.raw`\b${DATE_WORD} (?:the )?(?:q[1-4]|h[12])\b`),
  /\b(?:week|kw|cw) ?\d{1,2}\b/,
  // Days.
  /\b(?:yesterday|today|tomorrow|tonight|overnight)\b/,
  /\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b/,
  /\b(?:mon|tues?|wed|thu|thurs?|fri|sat|sun)\b/,
  /(?:\b(?:last|this|that|in the|at) |\uE001 ?)(?:morning|afternoon|evening|night)\b/,
  /\b(?:last|past|previous|prior|next|coming|following|this|current|same)(?: (?:\d{1,3}|few|couple of|other|working|business|[a-z]{3,5}))? (?:minute|hour|day|weekday|workday|night|week|weekend|fortnight|month|quarter|year)s?\b/,
  /\b(?:day|week|month)s? (?:from|before|after|since)\b/,
  /\b(?:the|that|this|other|same|all|whole|full|half|one) (?:other )?(?:day|week|weekend|month|year|hour)\b/,
  /\bago\b/,
  // Times of day.
  /(?<!\w)\d{1,2}:[0-5]\d(?!\d)/,
  /(?<!\w)\d{1,2}(?:[.:]\d\d)? ?[ap]\.?m\b/,
  /(?<!\w)\d{1,2}h\d{1,2}(?!\w)/,
  new RegExp(
    String.raw`\b(?:at|from|since|until|till|by|before|after|between|ends|ended|ending) (?:at )?\d{1,2}${NUMBER_ENDS}`,
  ),
  new RegExp(String.raw`(?<![\w.,:/-])\d{1,2} ?(?:[-–—]|to|until|till) ?\d{1,2}${NUMBER_ENDS}`),
  /\b(?:noon|midnight)\b/,
  /\b(?:half|quarter) (?:past|to|after)\b/,
  new RegExp(String.raw`\bat (?!an? )(?:${COUNT_WORD}|eleven|twelve)\b`),
  /[a-z] o.clock\b/,
  // Durations.
  /(?<!\w)\d+ ?-?(?:s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|days?|weeks?|months?|years?)(?!\w)/,
  /(?<!\w)\d{1,2} ?d(?= ?[\uE001\uE002]|$)/,
  /\bpt\d/,
  new RegExp(String.raw`\b${NUMBER_WORD}[ -](?:an? )?${UNIT}\b`),
  // What stands beside something that was read and says that it is meant otherwise.
  new RegExp(String.raw`(?<![\w-])(?:${QUALIFIER})\.?(?: on| at| the)? ?[\uE001\uE002]+`),
  /[\uE001\uE002]+ ?(?:or so|ish|-ish|or less|or more|max|maximum|minimum|approx|roughly|early|late|later|earlier|onwards?|sharp|thru|til|each|and (?:an? )?(?:half|quarter|bit))\b/,
  /[~≈±<>] ?[\uE001\uE002]+/,
  /[\uE001\uE002]+ ?[ap]\.? ?m\b/,
  /[\uE001\uE002]+ ?[ap]\b\.?(?! ?\w)/,
  new RegExp(String.raw`[\uE001\uE002]+ ?\(?(?:${ZONE})\b`),
  /[\uE001\uE002]+ ?(?:[-–—,&+/]|to|and|or|thru|through|till?|until|plus|minus|less)? ?\d{1,4}(?![\w.:/-]|[.,]\d)/,
  new RegExp(String.raw`\bin \d{1,2}${NUMBER_ENDS}`),
  // Wherever it stands: numbers, parts of a day, zones.
  new RegExp(String.raw`(?<![\w'’-])(?:${AMOUNT})(?![\w'’-])`),
  /(?<![\w-])(?:morning|afternoon|evening|night|midday|noontime|midnight|lunchtime|dawn|dusk|eod|cob)s?(?![\w-])/,
  /(?<![\w-])(?:utc|gmt)(?:[+-]\d{1,2}(?::?\d\d)?)?(?![\w-])/,
  /(?<![\w/])(?:africa|america|antarctica|asia|atlantic|australia|europe|indian|pacific)\/[a-z_]+/,
  /\b(?:eastern|central|mountain|pacific|local|standard|daylight|summer|winter) time\b/,
];
const REPEATED =
  /(?<![\w-])(?:hourly|daily|weekly|fortnightly|monthly|yearly|weekdays|weekends)(?= ?(?:$|[,.;:!?)\uE001\uE002]|(?:on|for|at|in|from|with|to|this|next|until|till|since)\b))|\b(?:every|each|per|all)(?: (?:other|working|business))? (?:hour|day|weekday|workday|night|week|month)\b|\b(?:every|each) \uE001|\uE002 ?(?:an? |\/ ?)(?:h|hour|d|day|w|week|month)\b/;

/** The first piece that looks like a day or a time and was not read, in the words of the text. */
export function unreadIn(reading: Reading): string | undefined {
  for (const pattern of PATTERNS) {
    const piece = pieceOf(reading, pattern);
    if (piece !== undefined) return piece;
  }
  return undefined;
}

/** "every day", "per week": said of more than one piece of work. */
export function repetitionIn(reading: Reading): string | undefined {
  return pieceOf(reading, REPEATED);
}

function pieceOf({ said, text }: Reading, pattern: RegExp): string | undefined {
  const match = pattern.exec(text);
  if (!match) return undefined;
  let start = match.index;
  let end = start + match[0].length;
  // What was read is shown whole.
  while (isMark(text[start]) && isMark(text[start - 1])) start--;
  while (isMark(text[end - 1]) && isMark(text[end])) end++;
  return said.slice(start, end).trim().slice(0, LONGEST_SHOWN);
}

function isMark(char: string | undefined): boolean {
  return char === DAY_MARK || char === MARK;
}
