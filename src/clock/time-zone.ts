const DAY_MS = 86_400_000;
/** No zone has ever turned its clocks by more than a day and a bit. */
const REACH_MS = 27 * 3_600_000;

interface Segment {
  startMs: number;
  offsetMs: number;
}

/** Names are given by callers and may be spelled in many ways, so what is remembered is bounded. */
const MOST_ZONES = 1_000;
const MOST_YEARS = 400;
const zones = new Map<string, TimeZone>();

/**
 * A zone as `Intl` knows it, by its IANA name or as an offset. A wall time is written as the milliseconds it would be in UTC.
 * Promises one instant per wall time, in the same order: a repeated hour counts once, and what is skipped falls on the
 * end of the gap.
 */
export class TimeZone {
  readonly #format: Intl.DateTimeFormat;
  readonly #transitions = new Map<number, Segment[]>();

  private constructor(name: string) {
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  }

  /** Throws a RangeError for a name that this machine does not know. */
  static of(name: string): TimeZone {
    const known = zones.get(name);
    if (known) return known;
    const zone = new TimeZone(name);
    if (zones.size >= MOST_ZONES) zones.clear();
    zones.set(name, zone);
    return zone;
  }

  static find(name: string): TimeZone | undefined {
    try {
      return TimeZone.of(name);
    } catch (error) {
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  }

  /** What a clock on the wall shows. */
  wallAt(instantMs: number): number {
    return instantMs + this.#offsetAt(instantMs);
  }

  /** The latest that a clock on the wall has ever shown up to this instant: behind `wallAt` only never. */
  latestWallAt(instantMs: number): number {
    let latest = -Infinity;
    const segments = this.#segments(instantMs - REACH_MS, instantMs);
    segments.forEach((segment, index) => {
      const next = segments[index + 1];
      const endMs = next && next.startMs <= instantMs ? next.startMs - 1 : instantMs;
      latest = Math.max(latest, endMs + segment.offsetMs);
    });
    return latest;
  }

  /** The first instant at which the wall shows this time or a later one. */
  instantOf(wallMs: number): number {
    const segments = this.#segments(wallMs - REACH_MS, wallMs + REACH_MS);
    for (const [index, { startMs, offsetMs }] of segments.entries()) {
      const instantMs = Math.max(startMs, wallMs - offsetMs);
      if (instantMs < (segments[index + 1]?.startMs ?? Infinity)) return instantMs;
    }
    throw new Error('unreachable: the last segment has no end');
  }

  /** The instants within a year at which the offset changes. */
  transitionsIn(year: number): readonly number[] {
    return this.#changesOf(year).map((segment) => segment.startMs);
  }

  #segments(fromMs: number, toMs: number): Segment[] {
    const segments = [{ startMs: -Infinity, offsetMs: this.#offsetAt(fromMs) }];
    for (let year = yearOf(fromMs); year <= yearOf(toMs); year++) {
      for (const change of this.#changesOf(year)) {
        if (change.startMs > fromMs && change.startMs <= toMs) segments.push(change);
      }
    }
    return segments;
  }

  #changesOf(year: number): Segment[] {
    const known = this.#transitions.get(year);
    if (known) return known;
    const changes: Segment[] = [];
    const endMs = Date.UTC(year + 1, 0, 1);
    let atMs = Date.UTC(year, 0, 1);
    let offsetMs = this.#readOffset(atMs - 1000);
    // Half a day at a time finds every change there is: no zone changes twice within one.
    for (let nextMs = atMs; nextMs < endMs; nextMs += DAY_MS / 2) {
      const nextOffsetMs = this.#readOffset(nextMs);
      if (nextOffsetMs !== offsetMs) {
        changes.push({ startMs: this.#bisect(atMs - 1000, nextMs, offsetMs), offsetMs: nextOffsetMs });
        offsetMs = nextOffsetMs;
      }
      atMs = nextMs;
    }
    const lastMs = endMs - 1000;
    const lastOffsetMs = this.#readOffset(lastMs);
    if (lastOffsetMs !== offsetMs) {
      changes.push({ startMs: this.#bisect(atMs, lastMs, offsetMs), offsetMs: lastOffsetMs });
    }
    if (this.#transitions.size >= MOST_YEARS) this.#transitions.clear();
    this.#transitions.set(year, changes);
    return changes;
  }

  /** The first whole second whose offset is no longer `beforeMs`. */
  #bisect(fromMs: number, toMs: number, beforeMs: number): number {
    let low = fromMs / 1000;
    let high = toMs / 1000;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.#readOffset(middle * 1000) === beforeMs) low = middle;
      else high = middle;
    }
    return high * 1000;
  }

  #offsetAt(instantMs: number): number {
    const year = yearOf(instantMs);
    const changes = this.#changesOf(year);
    const last = changes.findLast((change) => change.startMs <= instantMs);
    return last ? last.offsetMs : this.#startOffset(year);
  }

  readonly #startOffsets = new Map<number, number>();

  #startOffset(year: number): number {
    const known = this.#startOffsets.get(year);
    if (known !== undefined) return known;
    const offsetMs = this.#readOffset(Date.UTC(year, 0, 1) - 1000);
    if (this.#startOffsets.size >= MOST_YEARS) this.#startOffsets.clear();
    this.#startOffsets.set(year, offsetMs);
    return offsetMs;
  }

  #readOffset(instantMs: number): number {
    const [month, day, year, hour, minute, second] = this.#format
      .format(instantMs)
      .split(/\D+/)
      .map(Number) as [number, number, number, number, number, number];
    return Date.UTC(year, month - 1, day, hour, minute, second) - instantMs;
  }
}

function yearOf(instantMs: number): number {
  return new Date(instantMs).getUTCFullYear();
}
