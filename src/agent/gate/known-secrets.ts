import { compact, viewsOf } from './text-views.js';

/** A shorter one would be found in texts that do not have it. */
const SHORTEST = 8;
/** This much of it in one piece is as good as all of it. */
const TELLING_SHARE = 0.6;
const SHORTEST_PIECE = 8;

/**
 * Finds our own secrets in a text, whole or the greater part of them, in whatever way they are written there: as they are, in
 * base64 (of any alignment, also for URLs), in hexadecimal digits, with escapes of JSON, URLs or HTML, backwards, split by
 * white space, and one such way over another. What is shorter than eight characters is not looked for.
 */
export class KnownSecrets {
  readonly #written: readonly Written[];

  constructor(secrets: readonly string[]) {
    const known = [...new Set(secrets)].filter((secret) => secret.length >= SHORTEST);
    this.#written = known.flatMap(writings);
  }

  isIn(text: string): boolean {
    if (this.#written.length === 0) return false;
    const views = [...new Set(viewsOf(text).flatMap((view) => [view, asBase64(view), asHex(view)]))];
    return this.#written.some((written) => views.some((view) => has(view, written)));
  }
}

/** One way to write a secret, and how much of it tells. */
interface Written {
  text: string;
  piece: number;
}

function writings(secret: string): Written[] {
  const bytes = Buffer.from(secret);
  const hex = bytes.toString('hex');
  const encoded = [...base64Of(bytes), hex];
  const twice = [bytes.toString('base64'), hex].flatMap((once) => [
    ...base64Of(Buffer.from(once)),
    Buffer.from(once).toString('hex'),
  ]);
  const plain = [secret, compact(secret), [...secret].toReversed().join('')];
  return [...new Set([...plain, ...encoded, ...twice])]
    .filter((text) => text.length >= SHORTEST_PIECE)
    .map((text) => ({ text, piece: Math.max(SHORTEST_PIECE, Math.ceil(text.length * TELLING_SHARE)) }));
}

/** What is the same however many bytes stand before it and behind it. */
function base64Of(bytes: Buffer): string[] {
  return [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const skipped = Math.ceil((before * 8) / 6);
    const whole = Math.floor(((before + bytes.length) * 8) / 6);
    return encoded.slice(skipped, whole);
  });
}

function asBase64(text: string): string {
  return text.replaceAll('-', '+').replaceAll('_', '/');
}

/** Digits that stand alone, as `de:ad`, `\xde\xad`, `0xDE, 0xAD` or in one row. */
function asHex(text: string): string {
  return text
    .replace(/0x|\\x/gi, '')
    .replace(/[\s:,;'"{}[\]()_-]+/g, '')
    .toLowerCase();
}

/** Whether the view has a piece of it that tells. Such a piece has one of the anchors in it, from which it is followed both ways. */
function has(view: string, { text, piece }: Written): boolean {
  const length = Math.max(1, Math.floor((piece + 1) / 2));
  for (let start = 0; start + length <= text.length; start += length) {
    const anchor = text.slice(start, start + length);
    for (let at = view.indexOf(anchor); at >= 0; at = view.indexOf(anchor, at + 1)) {
      if (commonAround(view, at, text, start, length) >= piece) return true;
    }
  }
  return false;
}

function commonAround(view: string, at: number, text: string, start: number, length: number): number {
  let left = 0;
  while (at - left > 0 && start - left > 0 && view[at - left - 1] === text[start - left - 1]) left++;
  let right = length;
  while (start + right < text.length && view[at + right] === text[start + right]) right++;
  return left + right;
}
