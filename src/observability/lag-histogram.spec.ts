import { LagHistogram } from './lag-histogram.js';

/** Who comes at each tenth of a millisecond, and how long they wait. */
function waitsOf(turnsMs: readonly number[], windowMs: number): number[] {
  const waits = turnsMs.flatMap((turnMs) =>
    Array.from({ length: Math.round(turnMs * 10) }, (_, n) => turnMs - n / 10),
  );
  const idle = Array.from({ length: Math.round(windowMs * 10) - waits.length }, () => 0);
  return [...waits, ...idle].sort((a, b) => a - b);
}

describe('the lag that turns of the event loop make', () => {
  const histogram = (turnsMs: readonly number[]): LagHistogram => {
    const made = new LagHistogram();
    for (const turnMs of turnsMs) made.record(turnMs);
    return made;
  };

  it.each<[string, number[], number]>([
    ['many short turns', Array.from({ length: 500 }, () => 1), 1_000],
    ['one long turn among short ones', [...Array.from({ length: 200 }, () => 2), 400], 1_000],
    ['turns of every length', Array.from({ length: 100 }, (_, n) => n + 1), 6_000],
    ['nothing but one turn', [300], 300],
  ])('is what those wait who come at any moment: %s', (_what, turnsMs, windowMs) => {
    const turns = histogram(turnsMs);
    const waits = waitsOf(turnsMs, windowMs);
    const mean = waits.reduce((sum, wait) => sum + wait, 0) / waits.length;
    const variance = waits.reduce((sum, wait) => sum + (wait - mean) ** 2, 0) / waits.length;
    for (const share of [0, 0.5, 0.9, 0.99]) {
      const waited = waits[Math.floor(waits.length * share)] ?? NaN;
      expect(Math.abs(turns.percentile(share, windowMs) - waited)).toBeLessThanOrEqual(0.2 + waited / 100);
    }
    expect(Math.abs(turns.mean(windowMs) - mean)).toBeLessThan(0.2);
    expect(Math.abs(turns.deviation(windowMs) - Math.sqrt(variance))).toBeLessThan(0.2);
    expect(turns.longestMs).toBe(Math.max(...turnsMs));
  });

  it('is nothing where there was no turn, and after a reset', () => {
    const turns = histogram([50, 60]);
    turns.reset();
    expect([
      turns.percentile(0.99, 1_000),
      turns.mean(1_000),
      turns.deviation(1_000),
      turns.longestMs,
    ]).toEqual([0, 0, 0, 0]);
  });

  it('is known of turns longer than any that were thought of', () => {
    expect(histogram([500_000]).percentile(0.5, 500_000)).toBeCloseTo(250_000);
    expect(histogram([0, 1e-9]).percentile(0.99, 1_000)).toBe(0);
  });
});
