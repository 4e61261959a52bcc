/** Characters that no text means anything by. What stands in place of a day that was read, and of anything else that was. */
export const DAY_MARK = '\uE001';
export const MARK = '\uE002';
const NAME_MARK = '\uE003';

/** A name in quotes: a space or nothing before it, and no space inside its first quote. */
export const QUOTED = /(?<![^\s(])(?:"[^"\s][^"]*"|“[^“”\s][^“”]*”)(?!\w)/g;

/** The text that is still to be read. What has been read is overwritten, so that every place stays where it was. */
export class Reading {
  readonly said: string;
  text: string;
  /** Where in the text as it was given each character of `said` stands. */
  readonly #places: readonly number[];

  constructor(text: string) {
    const { said, places } = spaced(folded(text));
    this.said = said;
    this.#places = places;
    this.text = said.replace(QUOTED, (name) => NAME_MARK.repeat(name.length));
  }

  /** The first match, which is overwritten if `use` makes something of it. */
  take<T>(pattern: RegExp, use: (match: RegExpExecArray) => T | undefined, mark = MARK): T | undefined {
    const match = pattern.exec(this.text);
    if (!match) return undefined;
    const value = use(match);
    if (value === undefined) return undefined;
    const end = match.index + match[0].length;
    this.text = this.text.slice(0, match.index) + mark.repeat(match[0].length) + this.text.slice(end);
    return value;
  }

  takeAll<T>(pattern: RegExp, use: (match: RegExpExecArray) => T | undefined): T[] {
    const all: T[] = [];
    for (
      let next = this.take(pattern, use);
      next !== undefined && all.length < 3;
      next = this.take(pattern, use)
    ) {
      all.push(next);
    }
    return all;
  }

  /** The places, in the text as it was given, of what was read. */
  readPlaces(): ReadonlySet<number> {
    return new Set(this.#places.filter((_place, i) => this.text[i] === DAY_MARK || this.text[i] === MARK));
  }
}

/** With single spaces, and with none at the ends. */
function spaced(text: string): { said: string; places: number[] } {
  let said = '';
  const places: number[] = [];
  for (const { 0: piece, index } of text.matchAll(/[^\s\uE001-\uE003]+/g)) {
    if (said !== '') {
      said += ' ';
      places.push(index - 1);
    }
    said += piece;
    for (let i = 0; i < piece.length; i++) places.push(index + i);
  }
  return { said, places };
}

/** In small letters, each at its place: a few capitals would become two letters. */
export function folded(text: string): string {
  let small = '';
  for (const char of text) {
    const lower = char.toLowerCase();
    small += lower.length === char.length ? lower : char;
  }
  return small;
}
