import { ParseError, shown } from '../parsing.errors.js';

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

/** Reads a text from left to right and knows where it is, so that each refusal can name the place. */
export class TextReader {
  position = 0;

  constructor(readonly text: string) {}

  get isAtEnd(): boolean {
    return this.position >= this.text.length;
  }

  get next(): string {
    return this.text[this.position] ?? '';
  }

  get isAtBreak(): boolean {
    return this.isAtEnd || isSpace(this.text.charCodeAt(this.position));
  }

  skipSpace(): void {
    while (!this.isAtEnd && this.isAtBreak) this.position++;
  }

  /** Up to the next space, or to `stop`. */
  readWord(stop?: ',' | '='): string {
    const { text, position: start } = this;
    const stopCode = stop?.charCodeAt(0);
    let at = start;
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === stopCode || isSpace(code)) break;
    }
    this.position = at;
    return text.slice(start, at);
  }

  get isAtQuote(): boolean {
    return this.next === '"' || this.next === "'";
  }

  /** A text in double or single quotes, with `\"`, `\\`, `\n`, `\r`, `\t` and `\uXXXX` inside. */
  readQuoted(): string {
    const start = this.position;
    const quote = this.next;
    this.position++;
    let value = '';
    for (; !this.isAtEnd; this.position++) {
      const char = this.next;
      if (char === quote) {
        this.position++;
        return wellFormed(value, start);
      }
      value += char === '\\' ? this.#readEscape() : char;
    }
    throw new ParseError(`The quote at position ${start} is never closed`, { position: start });
  }

  /** At a backslash; leaves the position at the last character of the escape. */
  #readEscape(): string {
    const after = this.text[this.position + 1];
    if (after === undefined) return '\\';
    this.position++;
    if (after === 'u') {
      const digits = this.text.slice(this.position + 1, this.position + 5);
      if (/^[0-9a-f]{4}$/i.test(digits)) {
        this.position += 4;
        return String.fromCharCode(Number.parseInt(digits, 16));
      }
    }
    if (after === '"' || after === "'" || after === '\\') return after;
    return ESCAPES[after] ?? `\\${after}`;
  }

  /** The text of one JSON value: to the end of its brackets or quotes, else to the next space. Does not check it. */
  readJsonText(): string {
    const start = this.position;
    if (!'{["'.includes(this.next) || this.isAtEnd) return this.readWord();
    let depth = 0;
    let isInString = false;
    for (; !this.isAtEnd; this.position++) {
      const char = this.next;
      if (isInString) {
        if (char === '\\') this.position++;
        else if (char === '"') isInString = false;
      } else if (char === '"') isInString = true;
      else if (char === '{' || char === '[') depth++;
      else if (char === '}' || char === ']') depth--;
      if (depth <= 0 && !isInString) {
        this.position++;
        return this.text.slice(start, this.position);
      }
    }
    throw new ParseError(`The JSON value at position ${start} is never closed`, { position: start });
  }

  expectBreak(after: string): void {
    if (this.isAtBreak) return;
    throw new ParseError(
      `Expected a space after ${after} at position ${this.position}, not ${shown(this.next)}`,
      {
        position: this.position,
      },
    );
  }
}

/** Escapes can spell half of a surrogate pair, which is no character and which JSON is not accepted with either. */
function wellFormed(value: string, position: number): string {
  if (value.isWellFormed()) return value;
  throw new ParseError(`The quoted text at position ${position} has half of a surrogate pair`, { position });
}

const OTHER_SPACE = /\s/;

function isSpace(code: number): boolean {
  if (code <= 0x7f) return code === 0x20 || (code >= 0x09 && code <= 0x0d);
  return OTHER_SPACE.test(String.fromCharCode(code));
}
