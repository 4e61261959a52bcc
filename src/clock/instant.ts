const INSTANT = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)$/;

/**
 * The moment that an ISO text with its offset names; undefined for any other. Alone, Date.parse finds a date in nearly
 * anything with a number in it, takes 30 February for 2 March, and the zone of the machine where none is named.
 */
export function instantMs(text: string): number | undefined {
  const date = INSTANT.exec(text)?.[1];
  if (date === undefined) return undefined;
  const [dayMs, atMs] = [Date.parse(date), Date.parse(text)];
  const isThere = !Number.isNaN(dayMs) && new Date(dayMs).toISOString().startsWith(date);
  return isThere && !Number.isNaN(atMs) ? atMs : undefined;
}
