/** What one result in the journal may be long. */
export const RESULT_MAX_CHARS = 1_000_000;
/** What a loop carries of its items for the steps behind it; the items themselves are in the journal whole. */
const LIST_MAX_CHARS = 4_000_000;

export interface Outline {
  isTooLarge: true;
  id?: string;
  items?: number;
}

export function isTooLarge(value: unknown): boolean {
  return lengthOf(value) > RESULT_MAX_CHARS;
}

/** What stands for a result that is too long to carry: what has happened is not undone by its length. */
export function outlineOf(value: unknown): Outline {
  if (Array.isArray(value)) return { isTooLarge: true, items: value.length };
  const id = (value as { id?: unknown } | null | undefined)?.id;
  return { isTooLarge: true, ...(typeof id === 'string' ? { id } : {}) };
}

export function isOutline(value: unknown): boolean {
  return (value as Partial<Outline> | null | undefined)?.isTooLarge === true;
}

/** The results of a loop, whole up to a length and outlines from there on. */
export class ResultList {
  readonly items: unknown[] = [];
  #length = 0;

  add(item: unknown): void {
    const length = lengthOf(item);
    const isFull = this.#length + length > LIST_MAX_CHARS;
    if (!isFull) this.#length += length;
    this.items.push(isFull ? outlineOf(item) : item);
  }
}

function lengthOf(value: unknown): number {
  return (JSON.stringify(value) ?? '').length;
}
