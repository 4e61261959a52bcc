/**
 * How many cases a property is checked with, and which. A plain run takes the same ones each time, so that what
 * turns a commit red is in that commit. `npm run test:explore` sets PROPERTY_TIMES and looks at others: that many
 * times as many, from a new seed, which fast-check prints with what it found.
 */
export function cases(count = 100): { numRuns: number; seed?: number } {
  const times = Number(process.env.PROPERTY_TIMES ?? 0);
  return times > 0 ? { numRuns: count * times } : { numRuns: count, seed: 1 };
}
