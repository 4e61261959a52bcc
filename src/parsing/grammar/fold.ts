/** Letters that have no accent to take off, and Serbian in its other script. */
const SPELLINGS: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'dj',
  ð: 'd',
  ı: 'i',
  '’': "'",
  '‘': "'",
  ʼ: "'",
  а: 'a',
  б: 'b',
  в: 'v',
  г: 'g',
  д: 'd',
  ђ: 'dj',
  е: 'e',
  ж: 'z',
  з: 'z',
  и: 'i',
  ј: 'j',
  к: 'k',
  л: 'l',
  љ: 'lj',
  м: 'm',
  н: 'n',
  њ: 'nj',
  о: 'o',
  п: 'p',
  р: 'r',
  с: 's',
  т: 't',
  ћ: 'c',
  у: 'u',
  ф: 'f',
  х: 'h',
  ц: 'c',
  ч: 'c',
  џ: 'dz',
  ш: 's',
};
const CYRILLIC = /\p{Script=Cyrillic}/u;
const ACCENTS = /\p{M}+/gu;

/** The same for every way to write a word: in capitals, without accents, in the other script. */
export function folded(text: string): string {
  let result = '';
  // Serbian letters go first, because taking accents off would make two of them into others.
  for (const char of text.normalize('NFKC').toLowerCase()) result += SPELLINGS[char] ?? char;
  return result.normalize('NFD').replace(ACCENTS, '').normalize('NFC');
}

/** Letters of two scripts within one word look like a word and are another. */
export function isMixed(word: string): boolean {
  return CYRILLIC.test(word) && /\p{Script=Latin}/u.test(word);
}

/** Whether a letter is of a script that no table here is written in. */
export function isForeign(word: string): boolean {
  return /[^\P{L}\p{Script=Latin}\p{Script=Cyrillic}]/u.test(word);
}
