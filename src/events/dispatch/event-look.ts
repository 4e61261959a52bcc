import type { DueEvents } from './claimed-event.js';
import type { EventKind } from '../event-handler.js';

/** Once a second, under load, a look also walks through what waits elsewhere. */
const WALK_EVERY_MS = 1_000;
/** Subjects, and events about nothing, in one step of the walk. */
const STEP = 500;
/** Positions are given out before they are committed: some below what was seen last may still be on their way. */
const MARGIN = 10_000;
/** Where more waits than a look can see. */
const BUSY_MS = 1_000;

/** Where a look begins, and how much it looks at. */
export interface LookAt {
  fromSeq: string;
  near: number;
  afterSubject: string;
  afterAlone: string;
  /** 0: it does not walk. */
  walk: number;
  most: number;
}

export interface Seen {
  due: DueEvents[];
  firstSeq: string | null;
  nearCount: number;
  lastSubject: string | null;
  walked: number;
  lastAlone: string | null;
  rested: number;
  /** Until the first of what was looked at comes due or its lease ends. */
  freeInMs: number | null;
}

export interface SeenRow {
  kinds: { source: string; type: string; workspace_id: string | null; seqs: string }[];
  first_seq: string | null;
  near_count: number;
  last_subject: string | null;
  walked: number;
  last_alone: string | null;
  rested: number;
  free_in_ms: number | null;
}

/**
 * Where to look for events whose turn it is. Most looks see what came last: deleted rows keep their place in the index
 * until a vacuum, and under load hundreds of thousands would be walked over by each. Where a long queue is in the way, once
 * a second, and before the dispatcher goes to sleep, a look also takes a step of a walk from subject to subject, which comes
 * to everything: retries, ended leases, stragglers. What is found decides nothing about order; the claim does.
 */
export class EventLook {
  #fromSeq = 0n;
  #afterSubject = '';
  #afterAlone = '0';
  #isWalking = true;
  /** Steps of this walk so far. */
  #steps = 0;
  #walkedAtMs = Number.NEGATIVE_INFINITY;
  #restMs: number | undefined = 0;

  /**
   * For how long there is nothing to look for after the last look, unless somebody rings. 0: there is more to see now;
   * undefined: there is nothing at all.
   */
  get restMs(): number | undefined {
    return this.#restMs;
  }

  begin(nowMs: number, { near, most }: { near: number; most: number }): LookAt {
    const isDue = this.#isWalking || nowMs - this.#walkedAtMs >= WALK_EVERY_MS;
    return {
      fromSeq: String(this.#fromSeq),
      near,
      most,
      afterSubject: this.#afterSubject,
      afterAlone: this.#afterAlone,
      walk: isDue ? STEP : 0,
    };
  }

  saw(at: LookAt, seen: Seen, nowMs: number): void {
    if (seen.firstSeq !== null) this.#fromSeq = max(0n, BigInt(seen.firstSeq) - BigInt(MARGIN));
    const isNearAll = seen.nearCount < at.near;
    if (at.walk === 0) {
      this.#isWalking = !isNearAll;
      this.#restMs = isNearAll ? WALK_EVERY_MS : 0;
      return;
    }
    this.#steps++;
    const isThrough = seen.walked < at.walk && seen.rested < at.walk;
    const isAllSeen = isThrough && this.#steps === 1 && isNearAll;
    this.#afterSubject = isThrough
      ? ''
      : seen.walked < at.walk
        ? BEHIND_ALL
        : (seen.lastSubject ?? BEHIND_ALL);
    this.#afterAlone = isThrough ? '0' : (seen.lastAlone ?? at.afterAlone);
    this.#isWalking = !isThrough;
    if (isThrough) this.#steps = 0;
    this.#walkedAtMs = nowMs;
    this.#restMs = isAllSeen ? untilFree(seen) : isThrough ? BUSY_MS : 0;
  }
}

/** Longer than a subject's key, of the letter that comes last in them, whatever the collation. */
const BEHIND_ALL = 'z'.repeat(30);

/** Rounded up: a timer that rings within the millisecond before the event is due would find nothing. */
function untilFree({ freeInMs }: Seen): number | undefined {
  return freeInMs === null ? undefined : Math.ceil(freeInMs) + 1;
}

export function toSeen(row: SeenRow): Seen {
  return {
    due: row.kinds.map(({ source, type, workspace_id: workspaceId, seqs }) => ({
      kind: { source, type, workspaceId } satisfies EventKind,
      seqs: seqs.split(','),
    })),
    firstSeq: row.first_seq,
    nearCount: row.near_count,
    lastSubject: row.last_subject,
    walked: row.walked,
    lastAlone: row.last_alone,
    rested: row.rested,
    freeInMs: row.free_in_ms,
  };
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
