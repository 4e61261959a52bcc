import { AppError } from '../errors/app-error.js';
import type { SendPermit } from '../integrations/send-permit.js';

/** How long a running row stays its owner's without a renewal. Long enough to miss two; short, so that nobody waits long. */
export const LEASE_MS = 12_000;
export const RENEW_EVERY_MS = 3_000;
/** Until a renewal that failed is tried again. */
export const RENEW_AGAIN_MS = 250;
/**
 * Whoever finds a lease run out watches the row for so long, with the database in reach all the time: where that had been
 * away for everybody, its owner renews it meanwhile. Together with the lease and a look it stays below 15 seconds.
 */
export const WATCH_MS = 2_500;
/** What a clock may run faster or slower in that time, and bytes need to leave once the lease was looked at. */
const MARGIN_MS = 1_000;

/**
 * The lease of a running row as its owner knows it. Promises to count as held only while the row in the database
 * certainly is: from before the last statement that set it was sent, by the monotonic clock, less a margin.
 */
export class RunLease implements SendPermit {
  #heldUntilMs = -Infinity;
  #isLost = false;

  constructor(private readonly renewAll: () => Promise<void>) {}

  get isHeld(): boolean {
    return !this.#isLost && performance.now() < this.#heldUntilMs;
  }

  get isOnRecord(): boolean {
    return this.#heldUntilMs > -Infinity;
  }

  /** A statement that was sent at this time has set it. */
  extend(sentAtMs: number): void {
    this.#heldUntilMs = Math.max(this.#heldUntilMs, sentAtMs + LEASE_MS - MARGIN_MS);
  }

  /** Somebody else has ended the run. */
  lose(): void {
    this.#isLost = true;
  }

  async renew(): Promise<void> {
    if (!this.#isLost) await this.renewAll();
    if (this.isHeld) return;
    throw this.#isLost ? takenForCutOff() : cannotBeAsked();
  }
}

function takenForCutOff(): AppError {
  return new AppError(
    'unavailable',
    'This stood still for so long that it was taken for cut off; it was not sent after that',
    { retryAfterSeconds: 1 },
  );
}

function cannotBeAsked(): AppError {
  return new AppError(
    'unavailable',
    'The database is away, so that nobody can say whether this may still be sent; it was not',
    { retryAfterSeconds: 1 },
  );
}
