import { AppError } from '../errors/app-error.js';

export interface Fault {
  path: string;
  message: string;
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
