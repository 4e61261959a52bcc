const WORDS: Readonly<Record<string, number>> = {
  a: 1,
  an: 1,
  one: 1,
  two: 2,
  three: 3,
  four: 4,
  five: 5,
  six: 6,
  seven: 7,
  eight: 8,
  nine: 9,
  ten: 10,
};

/** A number as a word, for a pattern. */
export const COUNT_WORD = `(?:${Object.keys(WORDS).join('|')})`;

/** Digits, with a decimal point or comma, or a word up to ten. */
export function readCount(text: string): number {
  return WORDS[text] ?? Number(text.replace(',', '.'));
}
