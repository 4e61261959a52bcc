/** As deep as what the service itself takes. Deeper values break what walks by recursion, JSON.stringify among it. */
export const MOST_ANSWER_LEVELS = 64;

/** Whether an upstream's answer is nested deeper than is passed on. Never walks deeper than that itself. */
export function isTooDeep(value: unknown, levels = MOST_ANSWER_LEVELS): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  return Object.values(value).some((inner) => isTooDeep(inner, levels - 1));
}
