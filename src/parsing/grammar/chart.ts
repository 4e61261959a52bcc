import type { Language, Node } from './compiled.js';
import { meaningOf } from './meanings.js';
import type { SayingContext } from './outcome.js';
import type { Sense } from './sense.js';
import type { Token } from './tokens.js';
import type { Reading, Sentence } from './sentence.js';
import { wordSense } from './word-sense.js';

/** Every way to read every piece of a sentence in one language. Each is worked out once. */
export class Chart implements Sentence {
  readonly #known = new Map<string, readonly Reading[]>();

  constructor(
    readonly text: string,
    readonly tokens: readonly Token[],
    readonly language: Language,
    readonly context: SayingContext,
    /** Whether the beginning of a name will do for it. */
    readonly mayBegin: boolean,
  ) {}

  readings(category: string, at: number): readonly Reading[] {
    const key = `${category} ${at}`;
    const known = this.#known.get(key);
    if (known) return known;
    this.#known.set(key, []);
    const found = this.#read(category, at);
    this.#known.set(key, found);
    return found;
  }

  #read(category: string, at: number): readonly Reading[] {
    const found: Reading[] = [...(wordSense(this, category, at) ?? [])];
    const root = this.language.categories.get(category);
    if (root) this.#follow(root, at, at, [], found);
    return found;
  }

  #follow(node: Node, from: number, at: number, senses: readonly Sense[], found: Reading[]): void {
    if (at > from) this.#finish(node, at, senses, found);
    const token = this.tokens[at];
    if (!token) return;
    if (token.kind !== 'quote') {
      const next = node.words.get(token.folded);
      if (next) this.#follow(next, from, at + 1, senses, found);
      const glued = token.isGlued ? node.gluedWords.get(token.folded) : undefined;
      if (glued) this.#follow(glued, from, at + 1, senses, found);
    }
    for (const { category, isGlued, node: next } of node.categories) {
      if (isGlued && !token.isGlued) continue;
      for (const { end, sense } of this.readings(category, at))
        this.#follow(next, from, end, sense.is === 'none' ? senses : [...senses, sense], found);
    }
  }

  #finish(node: Node, end: number, senses: readonly Sense[], found: Reading[]): void {
    for (const { meaning, argument } of node.ends) {
      const sense = meaningOf(meaning, senses, argument, this.context);
      if (sense) found.push({ end, sense });
    }
  }
}
