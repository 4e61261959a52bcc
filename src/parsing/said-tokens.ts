import { QUOTED } from './reading.js';

/** A word of the text, or what stands in quotes, as it is written and where. */
export interface Token {
  text: string;
  start: number;
  end: number;
  isQuoted: boolean;
}

const WORD = /[^\s,;()[\]{}<>"“”=|]+/g;
const EDGES = /^[^\p{L}\p{N}]+|(?:['’]s)?[^\p{L}\p{N}]*$/gu;

/** All words of a text in its order. Marks that stand by themselves are none. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let from = 0;
  for (const { 0: quoted, index } of text.matchAll(QUOTED)) {
    tokens.push(...wordsIn(text, from, index));
    from = index + quoted.length;
    tokens.push({ text: quoted.slice(1, -1), start: index, end: from, isQuoted: true });
  }
  return [...tokens, ...wordsIn(text, from, text.length)];
}

function wordsIn(text: string, from: number, to: number): Token[] {
  return [...text.slice(from, to).matchAll(WORD)].flatMap(({ 0: word, index }) => {
    const core = word.replace(EDGES, '');
    if (core === '') return [];
    const start = from + index + word.indexOf(core);
    return [{ text: core, start, end: start + core.length, isQuoted: false }];
  });
}
