import { QUOTED } from './reading.js';

/** A word of the text, or what stands in quotes, as it is written and where. */
export interface Token {
  text: string;
  start: number;
  end: number;
  isQuoted: boolean;
}

const WORD = /[^\s,;()[\]{}<>"“”=|]+/g;
const LETTER = /[\p{L}\p{N}]/u;
const POSSESSIVE = /['’]s$/;

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
    const first = word.search(LETTER);
    if (first === -1) return [];
    const core = upToLastLetter(word.slice(first)).replace(POSSESSIVE, '');
    const start = from + index + first;
    return [{ text: core, start, end: start + core.length, isQuoted: false }];
  });
}

/** Letter by letter from the end: a pattern for it would begin anew at every dot of a long row of them. */
function upToLastLetter(word: string): string {
  const chars = Array.from(word);
  return chars.slice(0, chars.findLastIndex((char) => LETTER.test(char)) + 1).join('');
}
