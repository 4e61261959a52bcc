const MOST_ROUNDS = 3;

/** A text in the ways that it can be read: as it stands, and with its escapes undone, each time also without any white space. */
export function viewsOf(text: string): readonly string[] {
  const plain = [text, ...unescaped(text)];
  return [...new Set(plain.flatMap((view) => [view, compact(view)]))];
}

/** Whoever splits a secret over lines, by spaces or by what cannot be seen, splits nothing. */
export function compact(text: string): string {
  return text.replace(/[\s\p{Cc}\p{Cf}]+/gu, '');
}

/** Of JSON, of URLs and of HTML, and what was escaped more than once. */
function unescaped(text: string): string[] {
  const views: string[] = [];
  for (let before = text, round = 0; round < MOST_ROUNDS; round++) {
    const next = unescapedOnce(before);
    if (next === before) return views;
    views.push(next);
    before = next;
  }
  return views;
}

const ESCAPE =
  /\\u\{([0-9a-f]{1,6})\}|\\u([0-9a-f]{4})|\\x([0-9a-f]{2})|%([0-9a-f]{2})|&#x([0-9a-f]{1,6});|&#(\d{1,7});|=([0-9A-F]{2})(?![0-9A-F])|\\(["\\/])/gi;

function unescapedOnce(text: string): string {
  return text.replace(ESCAPE, (all: string, ...groups: (string | undefined)[]) => {
    const [braced, unicode, byte, percent, entity, decimal, printable, character] = groups;
    if (character !== undefined) return character;
    const hex = braced ?? unicode ?? byte ?? percent ?? entity ?? printable;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : all;
  });
}
