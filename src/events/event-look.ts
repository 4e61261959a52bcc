const FULL_EVERY_MS = 1_000;
/** Positions are given out before they are committed: some below what was seen last may still be on their way. */
const MARGIN = 10_000;

/**
 * From which position on to look for due events. Deleted rows keep their place in the index until a vacuum, and under load
 * hundreds of thousands would be walked over by each look; so most looks begin near the first event that was due last. Once
 * a second a look sees everything: retries that have come due, leases that have ended, and stragglers.
 */
export class EventLook {
  #from = 0;
  #fullAtMs = Number.NEGATIVE_INFINITY;

  /** Where the look that is made now begins. */
  begin(nowMs: number): number {
    if (nowMs - this.#fullAtMs < FULL_EVERY_MS) return this.#from;
    this.#fullAtMs = nowMs;
    return 0;
  }

  saw(firstSeq: string | undefined): void {
    if (firstSeq !== undefined) this.#from = Math.max(0, Number(firstSeq) - MARGIN);
  }
}
