import { AppError } from '../../errors/app-error.js';
import type { TaskState } from './task-state.js';

export class UnknownTaskError extends AppError {
  constructor(id: string) {
    super('not_found', `There is no task ${JSON.stringify(id.slice(0, 60).toWellFormed())}`);
  }
}

export class TaskStateError extends AppError {
  constructor(state: TaskState, wanted: TaskState) {
    super('conflict', `The task is ${state} and cannot become ${wanted} now`, { details: { state, wanted } });
  }
}
