import { Clock } from '../../src/clock/clock.js';

/** Real time, moved by as much as the test says. */
export class ShiftedClock extends Clock {
  #shiftMs = 0;

  override nowMs(): number {
    return Date.now() + this.#shiftMs;
  }

  forward(ms: number): void {
    this.#shiftMs += ms;
  }
}
