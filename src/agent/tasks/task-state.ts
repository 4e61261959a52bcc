/** How far a task has come. */
export const TASK_STATES = [
  'needs_approval',
  'queued',
  'claimed',
  'preparing',
  'running',
  'verifying',
  'pushed',
  'open',
  'done',
  'no_changes',
  'failed',
  'out_of_budget',
  'cancelled',
] as const;

export type TaskState = (typeof TASK_STATES)[number];

/** A worker has it, under a lease. From each of them it can go back in line, when the worker is stopped or lost. */
export const HELD_STATES: readonly TaskState[] = ['claimed', 'preparing', 'running', 'verifying', 'pushed'];
/** It may be asked for again. */
export const RETRIABLE_STATES: readonly TaskState[] = ['no_changes', 'failed', 'out_of_budget', 'cancelled'];
/** Nothing more happens by itself. */
export const ENDED_STATES: readonly TaskState[] = [...RETRIABLE_STATES, 'done'];
/** Nobody has it, and it can be ended by a word. */
export const WAITING_STATES: readonly TaskState[] = ['needs_approval', 'queued', 'open'];

/** What a task becomes from each state. Whatever is not here does not happen. */
export const NEXT_STATES: Readonly<Record<TaskState, readonly TaskState[]>> = {
  needs_approval: ['queued', 'cancelled'],
  queued: ['claimed', 'cancelled', 'failed'],
  claimed: ['preparing', 'queued', 'failed', 'cancelled'],
  preparing: ['running', 'queued', 'failed', 'cancelled'],
  running: ['verifying', 'no_changes', 'out_of_budget', 'queued', 'failed', 'cancelled'],
  verifying: ['pushed', 'no_changes', 'out_of_budget', 'queued', 'failed', 'cancelled'],
  pushed: ['open', 'out_of_budget', 'queued', 'failed', 'cancelled'],
  open: ['done', 'cancelled'],
  done: [],
  no_changes: ['queued'],
  failed: ['queued'],
  out_of_budget: ['queued'],
  cancelled: ['queued'],
};

/** The states from which it may become this one. */
export function statesBefore(next: TaskState): TaskState[] {
  return TASK_STATES.filter((state) => NEXT_STATES[state].includes(next));
}
