import { AppError } from '../errors/app-error.js';
import type { Action } from '../parsing/action.js';
import type { Fault } from '../errors/fault.js';

/** A model read what is to be done again and again; whoever agrees with it sends it as it is. */
export class ModelReadError extends AppError {
  constructor({ integration, operation, params }: Action) {
    super(
      'confirmation_required',
      'A model read this, and it would change something: to confirm it, send integration, operation and params in place of the text',
      { details: { integration, operation, params } },
    );
  }
}

export class ScheduleInvalidError extends AppError {
  constructor(faults: readonly Fault[]) {
    super('validation_error', 'The schedule is not valid', { details: faults });
  }
}

export class ScheduleNotFoundError extends AppError {
  constructor() {
    super('not_found', 'There is no such schedule');
  }
}

/** The schedule is a part of its flow, and is changed there. */
export class ScheduleOfFlowError extends AppError {
  constructor(flowId: string) {
    super('conflict', 'This schedule belongs to a flow: change the trigger of the flow', {
      details: { flowId },
    });
  }
}
