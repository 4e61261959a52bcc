import { Clock } from '../../src/clock/clock.js';

/** The system's time, as far ahead as the test wants. */
export class MovedClock extends Clock {
  offsetMs = 0;

  override nowMs(): number {
    return Date.now() + this.offsetMs;
  }
}
