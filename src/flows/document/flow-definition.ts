import type { Condition } from '../expressions/condition.js';

/** JSON with `{{ expressions }}` inside its strings. */
export type Template = unknown;

export interface RetryPolicy {
  /** Tries altogether. */
  attempts: number;
  /** Wait before the second try; it doubles up to `maxDelay`. ISO durations. */
  delay: string;
  maxDelay: string;
}

interface StepBase {
  id: string;
  name?: string;
  continueOnError?: boolean;
}

export interface ActionStep extends StepBase {
  /** `integration.operation`. */
  action: string;
  params: Readonly<Record<string, Template>>;
  retry?: RetryPolicy;
  timeout?: string;
}
export interface IfStep extends StepBase {
  if: Condition;
  then: Step[];
  else: Step[];
}
export interface ForEachStep extends StepBase {
  for_each: Template;
  /** The name of the current item in expressions. */
  as: string;
  max: number;
  steps: Step[];
}
export interface WaitStep extends StepBase {
  /** An ISO duration, or an instant; may hold an expression. */
  wait: { for: string } | { until: string };
}
export interface TransformStep extends StepBase {
  transform: Template;
}
export interface StopStep extends StepBase {
  stop: { status: 'succeeded' | 'failed'; message?: string };
}
export interface CallFlowStep extends StepBase {
  /** The id or the name of the flow. */
  call_flow: string;
  input: Template;
}

export type Step = ActionStep | IfStep | ForEachStep | WaitStep | TransformStep | StopStep | CallFlowStep;

export const STEP_KINDS = ['action', 'if', 'for_each', 'wait', 'transform', 'stop', 'call_flow'] as const;
export type StepKind = (typeof STEP_KINDS)[number];

/** The two names in the action of a step; only the first dot is between them. */
export function namesIn(action: string): { integration: string; operation: string } {
  const at = action.indexOf('.');
  return { integration: action.slice(0, at), operation: action.slice(at + 1) };
}

export function kindOf(step: Step): StepKind {
  const kind = STEP_KINDS.find((name) => Object.hasOwn(step, name));
  if (kind === undefined) throw new Error(`The step ${step.id} is of no kind`);
  return kind;
}

export interface FlowTrigger {
  /** Empty lists match everything; a trigger without source, events and workspace never matches an event. */
  source: string[];
  events: string[];
  workspace: string[];
  schedule?: Readonly<Record<string, unknown>>;
}

export interface FlowLimits {
  /** Steps that one run may take, those of loops counted each time. */
  steps?: number;
  /** Time that one run may take, its waits not counted. */
  runTime?: string;
  /** Runs of this flow at one time. */
  concurrency?: number;
}

/** A flow as it is stored and shown: checked, with defaults filled in and legacy forms converted. */
export interface FlowDefinition {
  name: string;
  description?: string;
  enabled: boolean;
  trigger: FlowTrigger;
  conditions?: Condition;
  steps: Step[];
  limits: FlowLimits;
}
