import { Injectable } from '@nestjs/common';

interface Known {
  etag: string;
  text: string;
  link: string | undefined;
}

const MOST_CHARACTERS = 4 * 1024 * 1024;
/** A longer answer would push out all others. */
const LONGEST = MOST_CHARACTERS / 8;

/**
 * Answers that GitHub may say are still right: asking with their ETag costs nothing of the rate limit where nothing changed.
 * Promises never to hold more than four million characters, and to give an answer only to the credential that had it.
 */
@Injectable()
export class KnownAnswers {
  /** The one used longest ago first. */
  readonly #known = new Map<string, Known>();
  #characters = 0;

  of(credential: string, url: string): Known | undefined {
    const key = keyOf(credential, url);
    const known = this.#known.get(key);
    if (known) {
      this.#known.delete(key);
      this.#known.set(key, known);
    }
    return known;
  }

  keep(credential: string, url: string, known: Known): void {
    const key = keyOf(credential, url);
    this.#forget(key);
    if (known.text.length > LONGEST) return;
    this.#known.set(key, known);
    this.#characters += known.text.length;
    for (const oldest of this.#known.keys()) {
      if (this.#characters <= MOST_CHARACTERS) return;
      this.#forget(oldest);
    }
  }

  #forget(key: string): void {
    this.#characters -= this.#known.get(key)?.text.length ?? 0;
    this.#known.delete(key);
  }
}

function keyOf(credential: string, url: string): string {
  return `${credential} ${url}`;
}
