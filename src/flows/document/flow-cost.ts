import type { FlowDefinition, Step } from './flow-definition.js';

export interface FlowCost {
  /** Requests to Clockify that one run makes, at least and at most; retries and further pages come on top. */
  clockifyRequests: { min: number; max: number };
  /** Actions of any integration. */
  actions: { min: number; max: number };
}

/** What a flow can call, as things stand. */
export interface CalledFlows {
  find(idOrName: string): FlowDefinition | undefined;
  /** How deep flows may call flows. */
  deepest: number;
}

type Range = FlowCost['actions'];

const ZERO: Range = { min: 0, max: 0 };
/** Loops in loops in called flows come to numbers that JSON does not know. */
const MOST = Number.MAX_SAFE_INTEGER;

export function costOf(definition: FlowDefinition, called: CalledFlows): FlowCost {
  return {
    clockifyRequests: new Counter(called, (action) => action.startsWith('clockify.')).ofFlow(definition, 0),
    actions: new Counter(called, () => true).ofFlow(definition, 0),
  };
}

/** Counts each flow once per depth, so that flows that call each other many times over are counted soon. */
class Counter {
  readonly #known: Map<FlowDefinition, Range>[] = [];

  constructor(
    private readonly called: CalledFlows,
    private readonly counts: (action: string) => boolean,
  ) {}

  ofFlow(definition: FlowDefinition, depth: number): Range {
    const known = (this.#known[depth] ??= new Map());
    const range = known.get(definition) ?? this.#ofSteps(definition.steps, depth);
    known.set(definition, range);
    return range;
  }

  #ofSteps(steps: readonly Step[], depth: number): Range {
    return steps.map((step) => this.#ofStep(step, depth)).reduce(add, ZERO);
  }

  #ofStep(step: Step, depth: number): Range {
    if ('action' in step) return this.counts(step.action) ? { min: 1, max: 1 } : ZERO;
    if ('if' in step) {
      const [then, otherwise] = [this.#ofSteps(step.then, depth), this.#ofSteps(step.else, depth)];
      return { min: Math.min(then.min, otherwise.min), max: Math.max(then.max, otherwise.max) };
    }
    if ('for_each' in step) {
      const once = this.#ofSteps(step.steps, depth);
      const passes = Array.isArray(step.for_each) ? step.for_each.length : undefined;
      return { min: capped(once.min * (passes ?? 0)), max: capped(once.max * (passes ?? step.max)) };
    }
    if ('call_flow' in step) return this.#ofCall(step.call_flow, depth);
    return ZERO;
  }

  /** A call that fails, because it goes too deep or there is no such flow, costs nothing. */
  #ofCall(idOrName: string, depth: number): Range {
    const flow = depth < this.called.deepest ? this.called.find(idOrName) : undefined;
    return flow ? this.ofFlow(flow, depth + 1) : ZERO;
  }
}

function add(a: Range, b: Range): Range {
  return { min: capped(a.min + b.min), max: capped(a.max + b.max) };
}

function capped(count: number): number {
  return Math.min(count, MOST);
}
