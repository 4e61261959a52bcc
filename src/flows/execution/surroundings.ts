import type { Clock } from '../../clock/clock.js';
import type { Expressions } from '../expressions/expression-engine.js';
import type { RunFacts } from '../runs/run-facts.js';
import type { StepActions } from './step-actions.js';
import type { StepJournal } from './step-journal.js';

/** How calls of other flows are answered: the called run's result, or a RunSuspended until it has one. */
export interface FlowCalls {
  call(
    call: { flow: string; input: unknown; path: string; attempt: number },
    run: RunFacts,
  ): Promise<unknown>;
}

export interface RunSignals {
  /** No further step is begun; what is being done is finished. */
  stopping: AbortSignal;
  /** What is being done is given up. */
  signal: AbortSignal;
}

export interface Surroundings extends RunSignals {
  journal: StepJournal;
  actions: StepActions;
  calls: FlowCalls;
  engine: Expressions;
  clock: Clock;
  /** In a back-test nobody waits. */
  isWaitSkipped?: boolean;
}
