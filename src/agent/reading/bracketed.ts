/** Beyond this nothing is looked for: text that needs more is no text that people write. */
export const FARTHEST = 2000;

/** Where the bracket at `at` is closed, with those within it and without what is escaped; undefined where it is not. */
export function closingBracket(text: string, at: number, close: ']' | ')'): number | undefined {
  const open = close === ']' ? '[' : '(';
  const end = Math.min(text.length, at + FARTHEST);
  let depth = 0;
  for (let i = at; i < end; i++) {
    const character = text[i];
    if (character === '\\') i++;
    else if (close === ')' && isQuote(character)) i = quoteEnd(text, i, end);
    else if (character === open) depth++;
    else if (character === close && --depth === 0) return i;
  }
  return undefined;
}

/** Where the tag at `at` ends, whatever stands in its attributes; undefined where it does not. */
export function closingAngle(text: string, at: number): number | undefined {
  const end = Math.min(text.length, at + FARTHEST);
  for (let i = at + 1; i < end; i++) {
    const character = text[i];
    if (
      isQuote(character) &&
      text
        .slice(i - 9, i)
        .trimEnd()
        .endsWith('=')
    )
      i = quoteEnd(text, i, end);
    else if (character === '>') return i;
  }
  const plain = text.indexOf('>', at);
  return plain < 0 ? undefined : plain;
}

function isQuote(character: string | undefined): boolean {
  return character === '"' || character === "'";
}

/** Of a quotation that is not closed, its beginning: it is none. */
function quoteEnd(text: string, at: number, end: number): number {
  const close = text.indexOf(text[at] as string, at + 1);
  return close < 0 || close >= end ? at : close;
}

/** Of what is not closed the rest may belong to it. */
export function endOfParagraph(text: string, at: number): number {
  const end = text.slice(at).search(/\n[ \t]*\n/);
  return end < 0 ? text.length : at + end;
}
