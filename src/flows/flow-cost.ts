import type { FlowDefinition, Step } from './flow-definition.js';

export interface FlowCost {
  /** Requests to Clockify that one run makes, at least and at most; retries and further pages come on top. */
  clockifyRequests: { min: number; max: number };
  /** Actions of any integration. */
  actions: { min: number; max: number };
}

type Range = FlowCost['actions'];

const ZERO: Range = { min: 0, max: 0 };

export function costOf(definition: FlowDefinition): FlowCost {
  return {
    clockifyRequests: costOfSteps(definition.steps, (action) => action.startsWith('clockify.')),
    actions: costOfSteps(definition.steps, () => true),
  };
}

function costOfSteps(steps: readonly Step[], counts: (action: string) => boolean): Range {
  return steps.map((step) => costOfStep(step, counts)).reduce(add, ZERO);
}

function costOfStep(step: Step, counts: (action: string) => boolean): Range {
  if ('action' in step) return counts(step.action) ? { min: 1, max: 1 } : ZERO;
  if ('if' in step) {
    const [then, otherwise] = [costOfSteps(step.then, counts), costOfSteps(step.else, counts)];
    return { min: Math.min(then.min, otherwise.min), max: Math.max(then.max, otherwise.max) };
  }
  if ('for_each' in step) {
    const once = costOfSteps(step.steps, counts);
    const passes = Array.isArray(step.for_each) ? step.for_each.length : undefined;
    return { min: once.min * (passes ?? 0), max: once.max * (passes ?? step.max) };
  }
  return ZERO;
}

function add(a: Range, b: Range): Range {
  return { min: a.min + b.min, max: a.max + b.max };
}
