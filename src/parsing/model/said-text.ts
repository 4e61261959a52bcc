import { folded } from '../said/reading.js';
import { labelOf } from './said-words.js';
import { type Token, tokensOf } from '../said/said-tokens.js';

/** A piece of the text: from a character to before another. */
export interface Place {
  start: number;
  end: number;
}

/** What Clockify's ids look like; nothing else passes for one. */
const ID = /^[0-9a-f]{24}$/;
const BEFORE_LABELLED = new Set(['is', 'the', 'a', 'an', 'my', 'our', 'id', 'ids', 'with', 'and', 'or']);

/** A text with its words, what of it was read as a time, and what a value was taken from: each place gives one value. */
export class SaidText {
  readonly folded: string;
  readonly tokens: readonly Token[];
  readonly ids: readonly Token[];
  readonly used: Place[] = [];

  constructor(
    readonly text: string,
    readonly timePlaces: ReadonlySet<number>,
  ) {
    this.folded = folded(text);
    this.tokens = tokensOf(text);
    this.ids = this.tokens.filter((token) => ID.test(token.text));
  }

  wordAt(index: number): string {
    const token = this.tokens[index];
    return token === undefined || token.isQuoted ? '' : this.wordOf(token);
  }

  wordOf({ start, end }: Place): string {
    return this.folded.slice(start, end);
  }

  isFree(place: Place): boolean {
    return this.used.every(({ start, end }) => place.end <= start || end <= place.start);
  }

  isUsed({ start, end }: Place): boolean {
    return this.used.some((place) => place.start <= start && end <= place.end);
  }

  /** How much of a piece was read as a day or a time. */
  timeIn({ start, end }: Place): 'all' | 'some' | 'none' {
    let read = 0;
    for (let at = start; at < end; at++) if (this.timePlaces.has(at)) read++;
    return read === 0 ? 'none' : read === end - start ? 'all' : 'some';
  }

  /** What the words before a place say that it is: "project", "the tags A and", "named". */
  labelBefore(start: number): readonly string[] | undefined {
    let at = this.tokens.findLastIndex(({ end }) => end <= start);
    while (at >= 0 && (BEFORE_LABELLED.has(this.wordAt(at)) || this.ids.includes(this.tokens[at] as Token)))
      at--;
    const token = this.tokens[at];
    return token && !this.isUsed(token) ? labelOf(this.wordAt(at)) : undefined;
  }
}
