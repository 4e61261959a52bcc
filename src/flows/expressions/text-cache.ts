/** What an entry takes beside its text. */
const ENTRY_CHARS = 100;

/**
 * Remembers what was made of texts that people wrote, such as a parsed expression. Promises that the texts together have
 * no more than so many characters; what is made of a text is taken to grow with it.
 */
export class TextCache<T> {
  readonly #found = new Map<string, T>();
  #chars = 0;

  constructor(private readonly maxChars: number) {}

  get(text: string): T | undefined {
    return this.#found.get(text);
  }

  /** Begins anew when it is full. */
  set(text: string, value: T): void {
    const chars = text.length + ENTRY_CHARS;
    if (this.#chars + chars > this.maxChars) {
      this.#found.clear();
      this.#chars = 0;
    }
    if (chars > this.maxChars) return;
    this.#found.set(text, value);
    this.#chars += chars;
  }
}
