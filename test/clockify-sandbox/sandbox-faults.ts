/** What goes wrong, and whether the effect of the request has happened by then. */
export type FaultKind =
  | { kind: 'status'; status: number; retryAfterSeconds?: number; when?: 'before' | 'after' }
  | { kind: 'cut'; when: 'before' | 'after' }
  | { kind: 'slow'; delayMs: number; when?: 'before' | 'after' }
  /** A success whose body is no JSON, as a proxy's page is. */
  | { kind: 'garbage' };

export interface FaultMatch {
  method?: string;
  /** Matched against the path with its prefix. */
  path?: RegExp | string;
  operation?: string;
  /** How often it strikes where it matches, 0 to 1; always by default. */
  probability?: number;
  /** How many times it strikes before it is over. */
  times?: number;
}

export type Fault = FaultMatch & FaultKind;

export interface FaultTarget {
  method: string;
  path: string;
  operation: string | undefined;
}

/** The faults that are switched on, the first that strikes wins. Its dice are seeded: a run can be repeated. */
export class SandboxFaults {
  #faults: { fault: Fault; left: number }[] = [];
  #random: () => number;

  constructor(seed = 1) {
    this.#random = mulberry32(seed);
  }

  /** Returns a function that switches it off again. */
  add(fault: Fault): () => void {
    const entry = { fault, left: fault.times ?? Infinity };
    this.#faults.push(entry);
    return () => void (this.#faults = this.#faults.filter((other) => other !== entry));
  }

  clear(): void {
    this.#faults = [];
  }

  pick(target: FaultTarget): Fault | undefined {
    for (const entry of this.#faults) {
      const { fault } = entry;
      if (entry.left <= 0 || !matches(fault, target)) continue;
      if (fault.probability !== undefined && this.#random() >= fault.probability) continue;
      entry.left -= 1;
      return fault;
    }
    return undefined;
  }
}

function matches(fault: FaultMatch, { method, path, operation }: FaultTarget): boolean {
  if (fault.method !== undefined && fault.method !== method) return false;
  if (fault.operation !== undefined && fault.operation !== operation) return false;
  if (fault.path === undefined) return true;
  return typeof fault.path === 'string' ? path.includes(fault.path) : fault.path.test(path);
}

/** A small generator with a seed; quality enough for dice. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}
