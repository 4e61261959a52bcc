import { folded } from '../said/reading.js';
import type { Place, SaidText } from './said-text.js';
import { deedOf } from './said-words.js';

export type Found = { place: Place; value: string } | { fault: string };

/** A pattern of more words than this has been too much for the engine of patterns. */
const LONGEST = 1_000;
const BEGINS = /[\s,;([{<"“'‘=:]/;
const ENDS = /[\s,;)\]}>"”'’!?.:]/;
const NEW_SENTENCE = /[.;!?]\s|[\n\r]/;
/** Something is said to be of a project, or billable, which a description would bury. */
const BURIED =
  /^(?:projects?|tasks?|tags?|workspace)\s|\b(?:in|on|for|under|to|with|at|of)\s+(?:the\s+|my\s+|our\s+)?(?:project|task|client|customer|tags?|workspace)\b|\b(?:tagged|(?:non-?|un)?billable|if|unless|whether|otherwise|instead|except|but|not|never|don['’]?t|[0-9a-f]{24})\b/;
const JOINS = new Set([
  'and',
  'then',
  'also',
  'now',
  'please',
  'but',
  'or',
  'instead',
  'afterwards',
  'kindly',
]);

export const NOT_SAID = 'is not in the request word for word; leave it out';

/** Where a text value stands, as whole words in one sentence, or as all that stands in quotes. */
export function findName(value: string, said: SaidText, mayBeTime = false): Found {
  if (value.length > LONGEST) return { fault: `is longer than ${LONGEST} characters` };
  const words = folded(value.trim()).split(/\s+/);
  if (words[0] === '') return { fault: 'is empty; leave it out' };
  const pattern = new RegExp(words.map(escaped).join(String.raw`\s+`), 'g');
  let fault: string | undefined;
  for (const match of said.folded.matchAll(pattern)) {
    const place = { start: match.index, end: match.index + match[0].length };
    if (!isWhole(place, said) || !said.isFree(place)) continue;
    const quoted = said.tokens.find((t) => t.isQuoted && t.start < place.end && place.start < t.end);
    if (quoted && (place.start !== quoted.start + 1 || place.end !== quoted.end - 1)) continue;
    const wrong = quoted ? undefined : faultOf(place, said, mayBeTime);
    if (wrong === undefined)
      return { place: quoted ?? place, value: said.text.slice(place.start, place.end) };
    fault ??= wrong;
  }
  return { fault: fault ?? NOT_SAID };
}

function isWhole({ start, end }: Place, { folded: text }: SaidText): boolean {
  const after = text.slice(end, end + 2);
  const isEnd =
    after === '' || (ENDS.test(after[0] ?? '') && !/^[.:'’]\S/.test(after)) || /^['’]s/.test(after);
  return (start === 0 || BEGINS.test(text[start - 1] ?? '')) && isEnd;
}

/** Why words that stand in the text all the same are no name without quotes. */
function faultOf(place: Place, said: SaidText, mayBeTime: boolean): string | undefined {
  const piece = said.folded.slice(place.start, place.end);
  if (NEW_SENTENCE.test(piece)) return 'goes over more than one sentence; a name like this stands in quotes';
  if (!mayBeTime && said.timeIn(place) !== 'none')
    return 'contains a time; a name like this stands in quotes';
  const buried = BURIED.exec(piece)?.[0].trim();
  if (buried !== undefined) return `contains ${JSON.stringify(buried)}, which says something of its own`;
  const verb = commandIn(place, said);
  return verb === undefined ? undefined : `contains ${JSON.stringify(verb)}, which asks for something else`;
}

/** A verb where a command begins: first of all, after a comma, after "and". */
function commandIn(place: Place, said: SaidText): string | undefined {
  const at = said.tokens.findIndex(({ start, end }, i) => {
    const word = said.wordAt(i);
    if (start < place.start || end > place.end || deedOf(word) === undefined) return false;
    const before = said.tokens[i - 1];
    if (before === undefined) return true;
    return JOINS.has(said.wordAt(i - 1)) || /[,:;.!?–—\n]/.test(said.text.slice(before.end, start));
  });
  return at === -1 ? undefined : said.wordAt(at);
}

function escaped(word: string): string {
  return word.replace(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
}
