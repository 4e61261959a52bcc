const MOST_CLAIMED = 20_000;
const PLAUSIBLE_MS = 600_000;
const SKEW_MS = 120_000;
const TIMED_ID = /^[0-9a-f]{24}$/;

/** Ids of what this process created: two creations never answer with the same object. */
export class ClaimedIds {
  readonly #ids = new Set<string>();

  claim(id: string): void {
    this.#ids.add(id);
    if (this.#ids.size <= MOST_CLAIMED) return;
    for (const oldest of this.#ids) {
      this.#ids.delete(oldest);
      break;
    }
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }
}

/**
 * Clockify's ids begin with the second of their creation, as MongoDB's do. That is not documented, so it is believed
 * only while every id seen at its creation agrees.
 */
export class IdAge {
  #state: 'unseen' | 'timed' | 'other' = 'unseen';

  observe(id: string, nowMs: number): void {
    if (this.#state === 'other') return;
    const createdMs = createdAt(id);
    const isTimed = createdMs !== undefined && Math.abs(createdMs - nowMs) < PLAUSIBLE_MS;
    this.#state = isTimed ? 'timed' : 'other';
  }

  /** True only where it is known that the object was there before. */
  isOlderThan(id: string, startedMs: number): boolean {
    const createdMs = createdAt(id);
    return this.#state === 'timed' && createdMs !== undefined && createdMs < startedMs - SKEW_MS;
  }
}

function createdAt(id: string): number | undefined {
  return TIMED_ID.test(id) ? Number.parseInt(id.slice(0, 8), 16) * 1000 : undefined;
}
