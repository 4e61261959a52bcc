/** A mistake of ours: whoever enqueues has not named the queue before. */
export class UnknownQueueError extends Error {
  constructor(queue: string) {
    super(`The queue ${queue} is not defined: in a constructor or onModuleInit`);
    this.name = new.target.name;
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
