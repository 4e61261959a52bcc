/**
 * Whether what all processes share could be asked. Promises that after it was away the others are given time to say that
 * they live, before anybody takes their silence for their death: they could not say it either.
 */
export class Sight {
  #isLost = false;
  #mayJudgeAtMs = 0;

  /** `settleMs`: within this all who live have been heard of. */
  constructor(private readonly settleMs: number) {}

  /** It could not be asked, by this process or perhaps by all. */
  lose(): void {
    this.#isLost = true;
  }

  /** It answered. Returns in how many milliseconds a silence may be taken for a death. */
  regain(): number {
    if (this.#isLost) this.#mayJudgeAtMs = performance.now() + this.settleMs;
    this.#isLost = false;
    return Math.max(0, this.#mayJudgeAtMs - performance.now());
  }
}
