/** Controls but for line ends and tabs, formatting (zero width, direction, tags), what nobody has assigned, and what is drawn as nothing. */
const INVISIBLE =
  /[^\P{Cc}\n\t]|[\p{Cf}\p{Co}\p{Cn}\p{Cs}\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0]|[\ufe00-\ufe0e]|[\u{e0100}-\u{e01ef}]/gu;

/** Marks are stacked on a letter in no language so high that others of them could not be seen. */
const PILED = /(\p{M}{4})\p{M}+/gu;

/** The text with only what is drawn. Line ends are `\n`. */
export function withoutInvisible(text: string): string {
  return text
    .replace(/\r\n?|[\u2028\u2029\u0085]/g, '\n')
    .replace(INVISIBLE, '')
    .replace(PILED, '$1');
}
