import { AppError } from '../errors/app-error.js';
import type { Fault } from '../errors/fault.js';

export class FlowInvalidError extends AppError {
  constructor(faults: readonly Fault[]) {
    super('validation_error', 'The flow is not valid', { details: faults });
  }
}

export class FlowNotFoundError extends AppError {
  constructor() {
    super('not_found', 'There is no such flow');
  }
}

export class FlowRunNotFoundError extends AppError {
  constructor() {
    super('not_found', 'There is no such flow run');
  }
}

export class FlowConflictError extends AppError {
  constructor(message: string) {
    super('conflict', message);
  }
}

/** An expression that cannot be evaluated, or not within its limits. */
export class ExpressionError extends AppError {
  constructor(reason: string, cause?: unknown) {
    super('validation_error', `The expression ${reason}`, { cause });
  }
}

/** An evaluation that was ended from outside, by the clock or with its process. Another try may go well. */
export class ExpressionCutOffError extends ExpressionError {}

/** It took too long, or too much memory: where that comes again and again, the flow is paused. */
export class ExpressionTooCostlyError extends ExpressionCutOffError {}

/** The code of a run that an event would have started while its flow was paused. */
export const FLOW_PAUSED = 'flow_paused';

/** The code of a run that failed before its first step: whether to start it could not be said. */
export const CONDITION_ERROR = 'condition_error';

/** The code of a run that one of its own steps ended as failed. */
export const STOPPED = 'stopped';

/** Nobody reads it: the client has closed its connection before its answer was made. */
export class ClientGoneError extends AppError {
  constructor() {
    super('unavailable', 'The client has gone before its answer was made');
  }
}
