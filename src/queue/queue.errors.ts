import { AppError } from '../errors/app-error.js';

export class QueueNotStartedError extends AppError {
  constructor() {
    super('unavailable', 'The job queue is not started yet', { retryAfterSeconds: 1 });
  }
}

/** A job ran longer than its queue's policy allows; it counts as failed even if it is still running. */
export class JobTimeoutError extends Error {
  constructor(timeoutSeconds: number) {
    super(`The job ran longer than ${timeoutSeconds} s`);
    this.name = new.target.name;
  }
}

/** The reason of an aborted job signal. */
export class JobStoppedError extends Error {
  constructor(why: 'the service stops' | 'another worker has the job') {
    super(`The job must stop: ${why}`);
    this.name = new.target.name;
  }
}
