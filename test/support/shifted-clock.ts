import { SystemClock } from '../../src/clock/clock.js';
import { SharedClock } from '../../src/clock/shared-clock.js';

/** Real time, moved by as much as the test says; whoever sleeps until a time is told. For the process and for all replicas. */
export class ShiftedClock extends SharedClock {
  #shiftMs = 0;

  constructor() {
    super(new SystemClock());
  }

  override nowMs(): number {
    return Date.now() + this.#shiftMs;
  }

  override learn(): void {
    // The test says what time it is.
  }

  forward(ms: number): void {
    this.#shiftMs += ms;
    this.tell(ms);
  }
}
