import { realDay, type Day } from '../../clock/wall-time.js';
import type { Reading, Sentence } from './sentence.js';
import { mayTell } from './compiled.js';
import type { Entity, NameKind } from './names.js';
import type { SayingContext } from './outcome.js';
import { keyOf, type Token, tokensOf } from './tokens.js';

const LONGEST_NEW_NAME = 6;
const LONGEST_DESCRIPTION = 25;
const SHORTEST_BEGINNING = 3;
const WITHIN_TEXT = /^[,&/+#-]$/;
const FRACTIONS: Readonly<Record<string, number>> = {
  '1/2': 0.5,
  '1/4': 0.25,
  '3/4': 0.75,
  '½': 0.5,
  '¼': 0.25,
  '¾': 0.75,
};

/** What is read from a token itself, by no table. Undefined for categories that tables define. */
export function wordSense(chart: Sentence, category: string, at: number): readonly Reading[] | undefined {
  const token = chart.tokens[at];
  if (!token) return [];
  switch (category) {
    case 'number':
      return [...one(at, numberOf(token)), ...chart.readings('number_word', at)];
    case 'whole':
      return [...one(at, wholeOf(token)), ...chart.readings('number_word', at)];
    case 'two_digits':
      return /^[0-5]\d$/.test(token.text) ? one(at, wholeOf(token)) : [];
    case 'fraction':
      return FRACTIONS[token.text] === undefined
        ? []
        : [
            {
              end: at + 1,
              sense: { is: 'number', value: FRACTIONS[token.text] ?? 0, isWhole: false, digits: 1 },
            },
          ];
    case 'time':
      return timeOf(token, at);
    case 'monthday':
      return monthdayOf(chart, at, false);
    case 'ordinal_day':
      return monthdayOf(chart, at, true);
    case 'year':
      return /^(?:19|20)\d\d$/.test(token.text) ? one(at, wholeOf(token)) : [];
    case 'date':
      return dateOf(token, at, chart.context);
    case 'short_date':
      return /^\d{1,2}\.\d{1,2}$/.test(token.text) ? dateOf(token, at, chart.context, true) : [];
    case 'open':
      return token.text === '(' ? [{ end: at + 1, sense: { is: 'none' } }] : [];
    case 'close':
      return token.text === ')' ? [{ end: at + 1, sense: { is: 'none' } }] : [];
    case 'quote':
      return quoteOf(chart, token, at);
    case 'rest':
      return restOf(chart, at);
    case 'activity':
      return activityOf(chart, at);
    case 'remark':
      return remarkOf(chart, at);
    case 'new_name':
      return newNameOf(chart, at);
    case 'a_project':
    case 'a_client':
    case 'a_task':
    case 'a_tag':
      return namesAt(chart, at, category.slice(2) as NameKind);
    default:
      return undefined;
  }
}

type NumberSense = { is: 'number'; value: number; isWhole: boolean; digits: number };

function one(at: number, sense: NumberSense | undefined): Reading[] {
  return sense ? [{ end: at + 1, sense }] : [];
}

function numberOf({ kind, text }: Token): NumberSense | undefined {
  if (kind !== 'number' || !/^\d{1,5}(?:[.,]\d{1,2})?$/.test(text)) return undefined;
  return {
    is: 'number',
    value: Number(text.replace(',', '.')),
    isWhole: /^\d+$/.test(text),
    digits: text.length,
  };
}

function wholeOf({ kind, text }: Token): NumberSense | undefined {
  if (kind !== 'number' || !/^\d{1,4}$/.test(text)) return undefined;
  return { is: 'number', value: Number(text), isWhole: true, digits: text.length };
}

function timeOf({ kind, text }: Token, at: number): Reading[] {
  const match = kind === 'number' ? /^(\d{1,2})[:.]([0-5]\d)$/.exec(text) : null;
  if (!match) return [];
  const [, hours = '', minutes = ''] = match;
  if (Number(hours) > 24) return [];
  const isOpen = hours.length === 1 || (Number(hours) <= 12 && Number(hours) >= 10);
  const minute = Number(hours) * 60 + Number(minutes);
  if (minute > 1440) return [];
  return [{ end: at + 1, sense: { is: 'clock', clock: { minute, isOpen, isBare: false } } }];
}

function monthdayOf(chart: Sentence, at: number, isOrdinal: boolean): Reading[] {
  const token = chart.tokens[at] as Token;
  const sense = wholeOf(token);
  if (!sense || sense.digits > 2 || sense.value < 1 || sense.value > 31) return [];
  const ordinals = chart.tokens[at + 1]?.isGlued ? chart.readings('ordinal', at + 1) : [];
  const withOrdinal = ordinals.map(({ end }) => ({ end, sense }));
  return isOrdinal ? withOrdinal : [...one(at, sense), ...withOrdinal];
}

const DATE =
  /^(?:(\d{4})-(\d{1,2})-(\d{1,2})|(\d{4})[/.](\d{1,2})[/.](\d{1,2})|(\d{1,2})([./])(\d{1,2})(?:\8(\d{4}|\d\d))?)$/;

function dateOf({ kind, text }: Token, at: number, context: SayingContext, isShort = false): Reading[] {
  const match = kind === 'number' ? DATE.exec(text) : null;
  if (!match) return [];
  const [, y1, m1, d1, y2, m2, d2, first, separator, second, year] = match;
  if (y1 ?? y2) return dayReading(at, realDay(Number(y1 ?? y2), Number(m1 ?? m2), Number(d1 ?? d2)));
  if (separator === '.' && year === undefined && !isShort) return [];
  const order = separator === '.' ? 'dmy' : context.dateOrder;
  const [a, b] = [Number(first), Number(second)];
  const days =
    order === 'dmy'
      ? [[a, b]]
      : order === 'mdy'
        ? [[b, a]]
        : [
            [a, b],
            [b, a],
          ];
  return days.flatMap(([day = 0, month = 0]) => dateReading(at, { day, month, year }));
}

function dateReading(
  at: number,
  { day, month, year }: { day: number; month: number; year: string | undefined },
): Reading[] {
  if (year === undefined)
    return [{ end: at + 1, sense: { is: 'text', text: `${month}-${day}`, isQuoted: false } }];
  const full = year.length === 2 ? 2000 + Number(year) : Number(year);
  return dayReading(at, realDay(full, month, day));
}

function dayReading(at: number, day: Day | undefined): Reading[] {
  return day ? [{ end: at + 1, sense: { is: 'days', days: { first: day, last: day, isOne: true } } }] : [];
}

function quoteOf(chart: Sentence, { kind, text }: Token, at: number): Reading[] {
  if (kind !== 'quote' || text.trim() === '') return [];
  if (chart.context.names.named(keyOfText(text)).length > 0) return [];
  return [{ end: at + 1, sense: { is: 'text', text: text.trim(), isQuoted: true } }];
}

/** Free text: as many words as say nothing else, up to the end or up to what says when. */
function restOf(chart: Sentence, at: number): Reading[] {
  let end = at;
  while (end < chart.tokens.length && end - at < LONGEST_DESCRIPTION && isFreeText(chart, end, at)) end++;
  while (end > at && chart.tokens[end - 1]?.kind === 'mark') end--;
  const last = chart.tokens[end - 1];
  const first = chart.tokens[at] as Token;
  if (!last || end === at || first.kind === 'mark') return [];
  if (chart.context.names.named(keyOf(chart.tokens.slice(at, end))).length > 0) return [];
  return [{ end, sense: { is: 'text', text: textOf(chart, first, last), isQuoted: false } }];
}

const GERUND: Readonly<Partial<Record<string, RegExp>>> = {
  en: /^[a-z]{3,}ing$/,
  es: /^[a-z]{2,}(?:ando|iendo|yendo)$/,
};
const LONGEST_ACTIVITY = 7;
/** Tags are said behind a mark, so that a word that is one as well may still be a word. */
const NAMED: readonly NameKind[] = ['project', 'client', 'task'];

/** What somebody did, without any mark before it: it begins with a gerund or has a word for something that people do. */
function activityOf(chart: Sentence, at: number): Reading[] {
  // Beside half a name it may be the other half.
  if (chart.mayBegin) return [];
  let end = at;
  while (end < chart.tokens.length && end - at < LONGEST_ACTIVITY && isOfActivity(chart, end)) end++;
  while (end > at && hasWord(chart, 'within_activity', end - 1)) end--;
  const [first, last] = [chart.tokens[at], chart.tokens[end - 1]];
  if (end === at || !first || !last || hasWord(chart, 'within_activity', at)) return [];
  const isGerund =
    GERUND[chart.language.code]?.test(first.folded) === true && !chart.language.words.has(first.folded);
  const isKnown = chart.tokens.slice(at, end).some((_, index) => hasWord(chart, 'activity_word', at + index));
  const key = keyOf(chart.tokens.slice(at, end));
  if (!(isKnown || (isGerund && end - at > 1)) || chart.context.names.named(key).length > 0) return [];
  return [{ end, sense: { is: 'text', text: textOf(chart, first, last), isQuoted: false } }];
}

function isOfActivity(chart: Sentence, at: number): boolean {
  const token = chart.tokens[at] as Token;
  if (NAMED.some((kind) => namesAt(chart, at, kind).length > 0)) return false;
  if (hasWord(chart, 'within_activity', at) || hasWord(chart, 'activity_word', at)) return true;
  if (hasWord(chart, 'person_word', at)) return isBeforeKnown(chart, at + 1);
  const isPlain =
    token.kind === 'word' && !chart.language.words.has(token.folded) && isFreeText(chart, at, at);
  return isPlain && !isLikeName(chart, at);
}

/** Behind "client" an unknown word would be who it is. */
function isBeforeKnown(chart: Sentence, at: number): boolean {
  const token = chart.tokens[at];
  return (
    !token ||
    token.kind !== 'word' ||
    hasWord(chart, 'activity_word', at) ||
    chart.language.words.has(token.folded)
  );
}

/** What is spelled like a name may be one with a slip in it. */
function isLikeName({ tokens, context }: Sentence, at: number): boolean {
  const { folded } = tokens[at] as Token;
  if (context.names.longestFrom(folded) > 0) return true;
  return context.names.nearest(folded, 1).length > 0;
}

function hasWord(chart: Sentence, wordClass: string, at: number): boolean {
  return chart.readings(wordClass, at).some(({ end }) => end === at + 1);
}

/** Behind a comma: at least two words, none of which says anything else or is spelled like what does. */
function remarkOf(chart: Sentence, at: number): Reading[] {
  const first = chart.tokens[at] as Token;
  if (chart.mayBegin || first.kind !== 'word' || chart.language.words.has(first.folded)) return [];
  return restOf(chart, at).filter(({ end }) => {
    const places = Array.from({ length: end - at }, (_, index) => at + index);
    return (
      places.length > 1 &&
      places.every(
        (place) =>
          hasWord(chart, 'within_activity', place) ||
          hasWord(chart, 'activity_word', place) ||
          (!chart.language.words.has(chart.tokens[place]?.folded ?? '') && !isLikeName(chart, place)),
      )
    );
  });
}

function isFreeText(chart: Sentence, at: number, first: number): boolean {
  const token = chart.tokens[at] as Token;
  if (token.kind === 'mark') return at > first && WITHIN_TEXT.test(token.text);
  if (token.kind !== 'word' && token.kind !== 'number') return false;
  const { telling } = chart.language;
  if (telling.has(token.folded) || mayTell(token.folded)) return false;
  if (token.kind === 'number' && !/^\d+$/.test(token.text)) return false;
  return chart.readings('minutes', at).length === 0;
}

/** What something new is called: in quotes, or the words up to one that means something. */
function newNameOf(chart: Sentence, at: number): Reading[] {
  const first = chart.tokens[at] as Token;
  if (first.kind === 'quote' && first.text.trim() !== '')
    return [{ end: at + 1, sense: { is: 'text', text: first.text.trim(), isQuoted: true } }];
  let end = at;
  while (end < chart.tokens.length && end - at < LONGEST_NEW_NAME && isNewWord(chart, end)) end++;
  const last = chart.tokens[end - 1];
  if (end === at || !last) return [];
  return [{ end, sense: { is: 'text', text: textOf(chart, first, last), isQuoted: false } }];
}

function isNewWord(chart: Sentence, at: number): boolean {
  const { kind, folded, isGlued } = chart.tokens[at] as Token;
  if (kind === 'number') return /^\d+$/.test(folded);
  const { words, telling } = chart.language;
  return kind === 'word' && (isGlued || !words.has(folded)) && !telling.has(folded) && !mayTell(folded);
}

function textOf(chart: Sentence, first: Token, last: Token): string {
  return chart.text.slice(first.from, last.to).replace(/\s+/g, ' ');
}

function keyOfText(text: string): string {
  return keyOf(tokensOf(text));
}

/** The longest name from here of each kind; where none is, what is the only one to begin like this. */
function namesAt(chart: Sentence, at: number, kind: NameKind): Reading[] {
  const token = chart.tokens[at] as Token;
  const { names } = chart.context;
  if (token.kind === 'quote') return entityReading(at + 1, names.named(keyOfText(token.text)), kind, false);
  const bare = token.folded.replace(/'$/, '');
  const longest = Math.max(names.longestFrom(token.folded), names.longestFrom(bare));
  for (let length = Math.min(longest, chart.tokens.length - at); length > 0; length--) {
    const tokens = chart.tokens.slice(at, at + length);
    const found = names.named(keyOf(tokens));
    if (found.length > 0) return entityReading(at + length, found, kind, false);
    const owned = ownedKey(chart.tokens, at, length);
    const owner = owned === undefined ? [] : names.named(owned);
    if (owner.length > 0) return entityReading(at + length + 1, owner, kind, false);
  }
  return chart.mayBegin ? beginningsAt(chart, at, kind) : [];
}

/** `Acme's`: the name without what says that something is theirs. */
function ownedKey(tokens: readonly Token[], at: number, length: number): string | undefined {
  const after = tokens[at + length];
  const last = tokens[at + length - 1];
  if (after?.folded !== 's' || !after.isGlued || !last?.folded.endsWith("'")) return undefined;
  return keyOf(tokens.slice(at, at + length)).slice(0, -1);
}

function beginningsAt(chart: Sentence, at: number, kind: NameKind): Reading[] {
  const { tokens, language, context } = chart;
  const token = tokens[at] as Token;
  if (token.kind !== 'word' || token.folded.length < SHORTEST_BEGINNING || language.words.has(token.folded))
    return [];
  let end = at + 1;
  let prefix = token.folded;
  let found = context.names.beginningWith(prefix, 1);
  // Two words of a name tell more than its first.
  while (found.length > 1 && tokens[end]?.kind === 'word' && !language.words.has(tokens[end]?.folded ?? '')) {
    prefix = `${prefix} ${tokens[end]?.folded ?? ''}`;
    found = context.names.beginningWith(prefix, 1);
    end++;
  }
  return found.length === 1 ? entityReading(end, found, kind, true) : [];
}

function entityReading(end: number, found: readonly Entity[], kind: NameKind, isPrefix: boolean): Reading[] {
  const entities = found.filter((entity) => entity.kind === kind);
  return entities.length === 0 ? [] : [{ end, sense: { is: 'entities', entities, isPrefix } }];
}
