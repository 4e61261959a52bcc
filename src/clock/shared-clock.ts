import { Clock } from './clock.js';

/** One look at the database's clock: what it said, and between which moments of `performance.now()` it said so. */
export interface ClockReading {
  saidMs: number;
  sentAtMs: number;
  receivedAtMs: number;
}

/** Less than that is a clock that is being slewed into place, or a slow answer. */
export const LEAST_STEP_MS = 1_000;

/**
 * The database's time, which all replicas share: what is due is judged by it, whatever this machine's clock says. Between
 * readings it goes on by the monotonic clock, so that nobody's correction moves it unseen; before the first it is this
 * machine's.
 */
export class SharedClock extends Clock {
  readonly #ears = new Set<(stepMs: number) => void>();
  #aheadOfMonotonicMs: number | undefined;

  constructor(private readonly own: Clock) {
    super();
  }

  override nowMs(): number {
    if (this.#aheadOfMonotonicMs === undefined) return this.own.nowMs();
    return Math.round(performance.now() + this.#aheadOfMonotonicMs);
  }

  /** How far this machine's clock is ahead of it. */
  get ownAheadMs(): number {
    return this.own.nowMs() - this.nowMs();
  }

  /** A reading is only as exact as its answer was quick: what lies within it is taken as right. */
  learn({ saidMs, sentAtMs, receivedAtMs }: ClockReading): void {
    const [least, most] = [saidMs - receivedAtMs, saidMs - sentAtMs];
    const before = this.#aheadOfMonotonicMs;
    this.#aheadOfMonotonicMs = Math.min(Math.max(before ?? (least + most) / 2, least), most);
    const stepMs = this.#aheadOfMonotonicMs - (before ?? this.#aheadOfMonotonicMs);
    if (Math.abs(stepMs) >= LEAST_STEP_MS) this.tell(stepMs);
  }

  /** Told by how much the clock was set; answers how to stop listening. */
  onStep(ear: (stepMs: number) => void): () => void {
    this.#ears.add(ear);
    return () => this.#ears.delete(ear);
  }

  protected tell(stepMs: number): void {
    for (const ear of this.#ears) ear(stepMs);
  }
}
