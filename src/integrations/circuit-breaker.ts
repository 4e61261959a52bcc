import type { Clock } from '../clock/clock.js';

export interface BreakerSettings {
  /** Failures in a row before it opens … */
  failures: number;
  /** … if there was no success for this long. Under load a row of failures happens without an outage. */
  quietMs: number;
  /** How long it stays open before one call may try. */
  openMs: number;
}

const DEFAULTS: BreakerSettings = { failures: 5, quietMs: 2_000, openMs: 15_000 };

/**
 * Stops calls to a host that has stopped working. Promises to open only after several failures in a row without any
 * success for a while, and to let one call through after a pause to find out whether the host is back.
 */
export class CircuitBreaker {
  #failures = 0;
  #failingSinceMs = 0;
  #openUntilMs: number | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly settings: BreakerSettings = DEFAULTS,
  ) {}

  get isOpen(): boolean {
    return this.#openUntilMs !== undefined;
  }

  /** Milliseconds until a call may try again; 0 if it may now. The first to ask after the pause is the one that tries. */
  waitMs(): number {
    if (this.#openUntilMs === undefined) return 0;
    const nowMs = this.clock.nowMs();
    if (nowMs < this.#openUntilMs) return this.#openUntilMs - nowMs;
    this.#openUntilMs = nowMs + this.settings.openMs;
    return 0;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#openUntilMs = undefined;
  }

  failed(): void {
    const nowMs = this.clock.nowMs();
    if (this.#failures === 0) this.#failingSinceMs = nowMs;
    this.#failures += 1;
    const isQuiet = nowMs - this.#failingSinceMs >= this.settings.quietMs;
    if (this.#failures >= this.settings.failures && isQuiet) {
      this.#openUntilMs = nowMs + this.settings.openMs;
    }
  }
}
