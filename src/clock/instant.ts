const DAY = /^(?!0000)\d{4}-\d\d-\d\d$/;
const INSTANT = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-](?:[01]\d|2[0-3]):?[0-5]\d)$/;

/** The beginning in UTC of a day that there is; undefined for any other text. */
export function dayMs(text: string): number | undefined {
  if (!DAY.test(text)) return undefined;
  const ms = Date.parse(text);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text) ? ms : undefined;
}

/**
 * The moment that an ISO text with its offset names; undefined for any other. Alone, Date.parse finds a date in nearly
 * anything with a number in it, takes 30 February for 2 March, and the zone of the machine where none is named.
 */
export function instantMs(text: string): number | undefined {
  const day = INSTANT.exec(text)?.[1];
  const atMs = Date.parse(text);
  return day === undefined || dayMs(day) === undefined || Number.isNaN(atMs) ? undefined : atMs;
}
