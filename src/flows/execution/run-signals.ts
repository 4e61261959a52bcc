import type { NewRun } from '../runs/flow-runs.repository.js';
import type { RunError } from '../flows.tables.js';

/** Thrown through the steps of a run when it is over, before its last step. */
export class FlowStopped extends Error {
  constructor(
    readonly status: 'succeeded' | 'failed',
    readonly reason: RunError | null,
    readonly result: unknown,
  ) {
    super('the flow stops here');
  }
}

/** A step that has failed for good. */
export class StepFailed extends Error {
  constructor(readonly reason: RunError) {
    super(reason.message);
  }
}

/** The run goes on at `until`, or when the run that it calls has ended; nothing is held meanwhile. */
export class RunSuspended extends Error {
  constructor(
    readonly until: Date,
    readonly child?: NewRun,
  ) {
    super('the run waits');
  }
}

export class RunCancelled extends Error {}

/** Another process has the run now: nothing of what this one still does may count. */
export class LeaseLost extends Error {}
