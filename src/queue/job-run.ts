import type { Job } from './job-queue.js';
import type { ClaimedJob } from './jobs.repository.js';
import { JobStoppedError, JobTimeoutError } from './queue.errors.js';

export type JobHandler = (job: Job<object>) => Promise<void>;

/** One try of one job. Promises to settle once the handler has, or the time is up, or the try is abandoned. */
export class JobRun {
  readonly #controller = new AbortController();
  readonly #over = Promise.withResolvers<never>();
  #isAbandoned = false;
  #isAskedToStop = false;

  constructor(
    readonly job: ClaimedJob,
    private readonly timeoutSeconds: number,
  ) {
    this.#over.promise.catch(() => undefined); // Nobody may be waiting any more.
  }

  /** The job is somebody else's now, or will be: whatever this try still does, its outcome does not count. */
  get isAbandoned(): boolean {
    return this.#isAbandoned;
  }

  /** A failure after that is no fault of the job's: it is handed back, not failed. */
  get isAskedToStop(): boolean {
    return this.#isAskedToStop;
  }

  async run(handler: JobHandler): Promise<void> {
    const timer = setTimeout(
      () => this.#end(new JobTimeoutError(this.timeoutSeconds)),
      this.timeoutSeconds * 1000,
    );
    timer.unref();
    try {
      const { id, data, attempts } = this.job;
      const handling = handler({ id, data, attempt: attempts, signal: this.#controller.signal });
      await Promise.race([handling, this.#over.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  abandon(reason: JobStoppedError): void {
    this.#isAbandoned = true;
    this.#end(reason);
  }

  /** Asks the handler to come to an end; its outcome still counts. */
  askToStop(): void {
    this.#isAskedToStop = true;
    this.#controller.abort(new JobStoppedError('the service stops'));
  }

  #end(reason: Error): void {
    this.#controller.abort(reason);
    this.#over.reject(reason);
  }
}
