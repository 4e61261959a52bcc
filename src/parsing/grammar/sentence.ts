import type { Language } from './compiled.js';
import type { SayingContext } from './outcome.js';
import type { Sense } from './sense.js';
import type { Token } from './tokens.js';

/** A piece of the sentence that was read as something, up to before a token. */
export interface Reading {
  end: number;
  sense: Sense;
}

/** A sentence on its way to be read in one language. */
export interface Sentence {
  readonly text: string;
  readonly tokens: readonly Token[];
  readonly language: Language;
  readonly context: SayingContext;
  /** Whether the beginning of a name will do for it. */
  readonly mayBegin: boolean;
  /** Every way to read something of this category from here on. */
  readings(category: string, at: number): readonly Reading[];
}
