import type { Recurrence } from './recurrence.js';

/** What becomes of due times that nobody noticed in time, because the service was away. */
export type Misfire = { policy: 'skip' } | { policy: 'coalesce' } | { policy: 'catch_up'; max: number };

export type DueKind = 'due' | 'coalesced' | 'caught_up' | 'missed';

export interface DueRun {
  dueMs: number;
  /** `missed` is not run, only told. */
  kind: DueKind;
  /** How many due times it stands for beyond itself; counted to a thousand. */
  missedCount: number;
}

export interface Plan {
  runs: DueRun[];
  /** Undefined when the schedule will never fire again. */
  nextDueMs: number | undefined;
  /** When that one fires; without a meaning where there is none. */
  nextFireMs: number;
}

export interface PlanInput {
  nextDueMs: number;
  /** When that one fires, as it was worked out when it became the next. */
  nextFireMs: number;
  nowMs: number;
  graceMs: number;
  recurrence: Recurrence;
  misfire: Misfire;
  jitterMaxMs: number;
  /** How much later than its due time a run fires. */
  jitterMs: (dueMs: number) => number;
}

const COUNTED_MAX = 1000;

/**
 * Which runs a schedule owes now, and when it is due next. Promises every due time once, in order: one whose jitter is
 * small does not overtake the one before it, and neither is it late before that has fired.
 */
export function planDue(input: PlanInput): Plan {
  const { recurrence, nowMs, graceMs, misfire } = input;
  const late: number[] = [];
  const onTime: number[] = [];
  let dueMs: number | undefined = input.nextDueMs;
  let firesMs = input.nextFireMs;
  while (dueMs !== undefined) {
    if (firesMs > nowMs) break;
    if (firesMs < nowMs - graceMs) late.push(dueMs);
    else onTime.push(dueMs);
    const isEnough = late.length >= COUNTED_MAX && onTime.length === 0;
    // Nobody needs to know each second of a year: go on where due times are on time again.
    const fromMs: number = isEnough ? Math.max(dueMs, nowMs - graceMs - input.jitterMaxMs - 1) : dueMs;
    dueMs = recurrence.next(fromMs);
    if (dueMs !== undefined) firesMs = Math.max(firesMs, dueMs + input.jitterMs(dueMs));
  }
  return { runs: runsOf(late, onTime, misfire), nextDueMs: dueMs, nextFireMs: firesMs };
}

function runsOf(late: readonly number[], onTime: readonly number[], misfire: Misfire): DueRun[] {
  const punctual = onTime.map((dueMs): DueRun => ({ dueMs, kind: 'due', missedCount: 0 }));
  const [first] = late;
  if (first === undefined) return punctual;
  switch (misfire.policy) {
    case 'skip':
      return [{ dueMs: first, kind: 'missed', missedCount: late.length - 1 }, ...punctual];
    case 'coalesce':
      return [{ dueMs: first, kind: 'coalesced', missedCount: late.length + onTime.length - 1 }];
    case 'catch_up': {
      const caught = late.slice(0, misfire.max);
      const runs = caught.map((dueMs): DueRun => ({ dueMs, kind: 'caught_up', missedCount: 0 }));
      const rest = late.length - caught.length;
      const missed: DueRun[] =
        rest > 0 ? [{ dueMs: late[caught.length] ?? first, kind: 'missed', missedCount: rest - 1 }] : [];
      return [...runs, ...missed, ...punctual];
    }
  }
}

/** The same for every replica and every look: a hash of the schedule and the due time. */
export function jitterOf(scheduleId: string, dueMs: number, maxMs: number): number {
  if (maxMs === 0) return 0;
  let hash = 2_166_136_261;
  for (const char of `${scheduleId}:${dueMs}`)
    hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 16_777_619);
  hash = Math.imul(hash ^ (hash >>> 15), 2_246_822_519);
  return ((hash ^ (hash >>> 13)) >>> 0) % (maxMs + 1);
}
