import type { Fault } from '../../errors/fault.js';
import { isForeign } from '../said/foreign-words.js';
import type { Deed } from './model-operations.js';
import type { SaidText } from './said-text.js';
import { asksFor, deedOf, FUNCTION_WORDS, isOfOperation, labelOf, TIME_ROLES } from './said-words.js';
import type { Token } from '../said/said-tokens.js';

/** What a call makes of a text. */
export interface Use {
  operation: string;
  deed: Deed;
  /** Fields that have a value from the text. */
  fields: ReadonlySet<string>;
  /** Whether the times in the text are what the operation is given. */
  takesTimes: boolean;
}

/** "start" is a verb, and a time too: "start 9:00". */
const NEEDS_VERB: ReadonlySet<Deed> = new Set(['start', 'stop', 'create']);

/**
 * Everything in a text that a call does not account for. Each word must be a time that was read, part of a value, the
 * verb or noun of the operation, or one of the few words that only hold a sentence together: nothing is overlooked.
 */
export function unaccountedIn(said: SaidText, use: Use): Fault[] {
  const foreign = said.tokens.find((token) => !token.isQuoted && isForeign(said.wordOf(token)));
  if (foreign) return [fault(foreign, 'is not English; names in other languages stand in quotes')];
  const faults: Fault[] = [];
  let hasVerb = false;
  for (const [i, token] of said.tokens.entries()) {
    if (said.isUsed(token)) continue;
    const time = said.timeIn(token);
    if (time === 'all' && use.takesTimes) continue;
    const word = said.wordAt(i);
    if (time === 'none' && asksFor(word, use.deed)) hasVerb = true;
    else if (time !== 'none' || !isPlain(i, said, use))
      faults.push(fault(token, whyNot(word, time !== 'none')));
  }
  const isMissing = NEEDS_VERB.has(use.deed) && !hasVerb;
  return isMissing && faults.length === 0 ? [{ path: '', message: `nothing asks to ${use.deed}` }] : faults;
}

function isPlain(index: number, said: SaidText, use: Use): boolean {
  const word = said.wordAt(index);
  if (word === '') return false;
  if (TIME_ROLES.has(word)) return use.takesTimes && isBeforeTime(index, said);
  if (FUNCTION_WORDS.has(word)) return true;
  if (deedOf(word) === 'other') return false;
  if (isOfOperation(word, { name: use.operation, deed: use.deed })) return true;
  const label = labelOf(word);
  if (label?.includes('workspace')) return true;
  return label !== undefined && [...use.fields].some((field) => label.some((name) => field.startsWith(name)))
    ? true
    : (word === 'id' || word === 'ids') && [...use.fields].some((field) => /ids?$/i.test(field));
}

function isBeforeTime(index: number, said: SaidText): boolean {
  let at = index + 1;
  while (['on', 'at', 'the'].includes(said.wordAt(at))) at++;
  const next = said.tokens[at];
  return next !== undefined && said.timeIn(next) === 'all';
}

function whyNot(word: string, isTime: boolean): string {
  if (isTime) return 'is a time that is not used here';
  if (word === '') return 'is a name that is not used';
  return deedOf(word) === undefined
    ? 'is not understood, or not used; names of several words stand in quotes'
    : 'asks for something else';
}

const LONGEST = 40;

function fault({ text }: Token, message: string): Fault {
  return { path: JSON.stringify(text.slice(0, LONGEST).toWellFormed()), message };
}
