/** The text that is still to be read. */
export class Reading {
  constructor(public text: string) {}

  /** The first match, which is blanked out if `use` makes something of it. */
  take<T>(pattern: RegExp, use: (match: RegExpExecArray) => T | undefined): T | undefined {
    const match = pattern.exec(this.text);
    if (!match) return undefined;
    const value = use(match);
    if (value === undefined) return undefined;
    const end = match.index + match[0].length;
    this.text = `${this.text.slice(0, match.index)} \u0001 ${this.text.slice(end)}`;
    return value;
  }

  takeAll<T>(pattern: RegExp, use: (match: RegExpExecArray) => T | undefined): T[] {
    const all: T[] = [];
    for (
      let next = this.take(pattern, use);
      next !== undefined && all.length < 2;
      next = this.take(pattern, use)
    ) {
      all.push(next);
    }
    return all;
  }
}
