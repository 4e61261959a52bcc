import { AppError } from '../errors/app-error.js';

export const BAD_CURSOR = 'cursor must be the nextCursor of another page';

/** How every list is given out: some of it, and where the next page begins; null at the end. */
export interface Page<Item> {
  items: Item[];
  nextCursor: string | null;
}

/** What is asked of a list, once the edge has checked it. */
export interface PageRequest {
  limit: number;
  /** The nextCursor of the page before; undefined for the first page. */
  cursor?: string | undefined;
}

/** For a list whose cursor is no id, and so only the list itself can read. Shown as the edge shows any wrong field. */
export class BadCursorError extends AppError {
  constructor() {
    super('validation_error', 'The request is not valid', {
      details: [{ path: 'cursor', message: BAD_CURSOR }],
    });
  }
}

/** A page out of rows of which one more was looked for than is shown: whether it is there says if there is a next page. */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  { limit, view, cursorOf }: { limit: number; view: (row: Row) => Item; cursorOf: (row: Row) => string },
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const isMore = rows.length > limit && last !== undefined;
  return { items: shown.map(view), nextCursor: isMore ? cursorOf(last) : null };
}

/** The same for rows in the order of their ids. */
export function pageById<Row extends { id: string }, Item>(
  rows: readonly Row[],
  { limit, view }: { limit: number; view: (row: Row) => Item },
): Page<Item> {
  return pageOf(rows, { limit, view, cursorOf: ({ id }) => id });
}
