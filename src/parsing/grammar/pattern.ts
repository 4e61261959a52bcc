import { tokensOf } from './tokens.js';

/** Said in a table: `last {weekday}`, `[on] {day}`, `(to|for) {project}`. A tilde joins: `{number}~h` is `2h`, not `2 h`. */
export type Element = { word: string; isGlued: boolean } | { category: string; isGlued: boolean };

const PIECE = /\{(\w+)\}|\[([^\]]*)\]|\(([^()]*)\)|(~)|([^\s{}[\]()~]+)/gu;

/** Every way that a pattern can be said. */
export function waysOf(pattern: string): Element[][] {
  let ways: Element[][] = [[]];
  let isGlued = false;
  for (const [, category, optional, choice, glue, words] of pattern.matchAll(PIECE)) {
    if (glue) {
      isGlued = true;
      continue;
    }
    const parts = partsOf({ category, optional, choice, words }, isGlued);
    isGlued = false;
    ways = ways.flatMap((way) => parts.map((part) => [...way, ...part]));
  }
  return ways;
}

interface Piece {
  category: string | undefined;
  optional: string | undefined;
  choice: string | undefined;
  words: string | undefined;
}

function partsOf({ category, optional, choice, words }: Piece, isGlued: boolean): Element[][] {
  if (category !== undefined) return [[{ category, isGlued }]];
  if (optional !== undefined) return [[], ...alternativesOf(optional)];
  if (choice !== undefined) return alternativesOf(choice);
  return [wordsOf(words ?? '', isGlued)];
}

function alternativesOf(text: string): Element[][] {
  return text.split('|').flatMap((alternative) => waysOf(alternative));
}

function wordsOf(text: string, isGlued: boolean): Element[] {
  return tokensOf(text).map(({ folded: word }, index) => ({ word, isGlued: isGlued && index === 0 }));
}
