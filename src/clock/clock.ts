/** The one source of time. Everything that asks what time it is asks here, so that tests can answer. */
export abstract class Clock {
  /** Milliseconds since the epoch. */
  abstract nowMs(): number;

  now(): Date {
    return new Date(this.nowMs());
  }
}

export class SystemClock extends Clock {
  override nowMs(): number {
    return Date.now();
  }
}
