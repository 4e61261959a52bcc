const MOST_CLAIMED = 20_000;
const PLAUSIBLE_MS = 600_000;
const SKEW_MS = 60_000;
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
 * Clockify's ids begin with the second of their creation, as MongoDB's do. That is not documented, so it is believed of
 * a kind of object only while every id seen at its creation agrees. Before one has been seen, the clocks count as equal:
 * where they are not, a creation is called unknown, which is better than answering with somebody else's.
 */
export class IdAge {
  /** By kind: how far Clockify's clock is ahead of ours; null where ids tell nothing. */
  readonly #aheadMs = new Map<string, number | null>();

  observe(kind: string, id: string, nowMs: number): void {
    if (this.#aheadMs.get(kind) === null) return;
    const createdMs = createdAt(id);
    const isTimed = createdMs !== undefined && Math.abs(createdMs - nowMs) < PLAUSIBLE_MS;
    this.#aheadMs.set(kind, isTimed ? createdMs - nowMs : null);
  }

  /** Whether the id tells that the object was there before. */
  isOlderThan(kind: string, id: string, startedMs: number): boolean {
    const createdMs = createdAt(id);
    const aheadMs = this.#aheadMs.get(kind);
    if (createdMs === undefined || aheadMs === null) return false;
    return createdMs < startedMs + (aheadMs ?? 0) - SKEW_MS;
  }
}

/** Whether an id says that its object was made after this, as far as our clock and Clockify's agree. */
export function isMadeAfter(id: string, startedMs: number): boolean {
  const createdMs = createdAt(id);
  return createdMs !== undefined && createdMs >= startedMs - SKEW_MS;
}

function createdAt(id: string): number | undefined {
  return TIMED_ID.test(id) ? Number.parseInt(id.slice(0, 8), 16) * 1000 : undefined;
}
