/** Beside the characters: what is done for each expression, however short. */
const PER_EXPRESSION = 50;
/** Chains take the square of their length; this many marks of one kind cost as much as the longest text without any. */
const MARKS_PER_ROOT = 20;
/** A tenth of a second at the worst, and some three thousand expressions of the usual kind. */
const EFFORT_MAX = 200_000;
const MARKS_MAX = 500;

/** Also those in texts: where a text begins is known to the parser only. */
const MARK = /[.%*+\-^~?@#&|=<>!;(){}[\]/\\$]/g;

let left = Infinity;

/**
 * Reads a document, whose expressions together may take only so much effort, counted and not timed, so that the same
 * document is always judged alike. Reading goes on in one piece, so no other document can come between.
 */
export function withinEffort<T>(read: () => T): T {
  left = EFFORT_MAX;
  try {
    return read();
  } finally {
    left = Infinity;
  }
}

/** Says beforehand what it takes to parse an expression, or throws because it is more than there may be. */
export function spendEffortOn(source: string): void {
  const { most } = marksIn(source);
  if (most > MARKS_MAX) throw new Error(`has more than ${MARKS_MAX} of one operator`);
  left -= PER_EXPRESSION + source.length + most ** 2 / MARKS_PER_ROOT;
  if (left < 0) throw new Error('is one too many: all expressions of the flow together are too long');
}

/** The beginning of a text in which an expression can end that may be read. */
export function readablePart(text: string): string {
  return text.slice(0, marksIn(text).end);
}

/** How often the commonest mark stands there, and where one stands too often. */
function marksIn(text: string): { most: number; end: number } {
  const counts = new Map<string, number>();
  for (const { 0: mark, index } of text.matchAll(MARK)) {
    const count = (counts.get(mark) ?? 0) + 1;
    counts.set(mark, count);
    if (count > MARKS_MAX) return { most: count, end: index };
  }
  return { most: Math.max(0, ...counts.values()), end: text.length };
}
