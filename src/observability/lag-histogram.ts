const SHORTEST_MS = 0.01;
const GROWTH = 1.1;
const LOG_GROWTH = Math.log(GROWTH);
const BINS = Math.ceil(Math.log(10_000_000) / LOG_GROWTH); // Up to 100 s.

/**
 * The lengths of the event loop's turns, and from them the lag: how long somebody waits who comes at any moment. Whoever
 * comes in a turn waits for its end, so a turn of a second keeps a thousand times as many waiting as one of a millisecond,
 * and each of them half its length on average.
 */
export class LagHistogram {
  readonly #counts = new Float64Array(BINS);
  readonly #sums = new Float64Array(BINS);
  #squares = 0;
  #cubes = 0;
  #longestMs = 0;

  get longestMs(): number {
    return this.#longestMs;
  }

  record(turnMs: number): void {
    const bin =
      turnMs <= SHORTEST_MS ? 0 : Math.min(BINS - 1, Math.floor(Math.log(turnMs / SHORTEST_MS) / LOG_GROWTH));
    this.#counts[bin] = (this.#counts[bin] ?? 0) + 1;
    this.#sums[bin] = (this.#sums[bin] ?? 0) + turnMs;
    this.#squares += turnMs ** 2;
    this.#cubes += turnMs ** 3;
    if (turnMs > this.#longestMs) this.#longestMs = turnMs;
  }

  mean(windowMs: number): number {
    return windowMs > 0 ? this.#squares / 2 / windowMs : 0;
  }

  deviation(windowMs: number): number {
    if (windowMs <= 0) return 0;
    return Math.sqrt(Math.max(0, this.#cubes / 3 / windowMs - this.mean(windowMs) ** 2));
  }

  /**
   * What that share of all moments of the window waits at most. More than `lag` waits who comes in a turn before its last
   * `lag`, so the bins are added up from the longest turns down until that is as much as may lie above.
   */
  percentile(share: number, windowMs: number): number {
    const aboveMs = (1 - share) * windowMs;
    let count = 0;
    let sum = 0;
    for (let bin = BINS - 1; bin >= 0; bin--) {
      count += this.#counts[bin] ?? 0;
      sum += this.#sums[bin] ?? 0;
      const lag = (sum - aboveMs) / count;
      if (lag >= SHORTEST_MS * GROWTH ** bin) return Math.min(lag, this.#longestMs);
    }
    return count === 0 ? 0 : Math.max(0, (sum - aboveMs) / count);
  }

  reset(): void {
    this.#counts.fill(0);
    this.#sums.fill(0);
    this.#squares = this.#cubes = this.#longestMs = 0;
  }
}
