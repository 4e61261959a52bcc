import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ChildMessage, ChildRequest } from './expression-child.js';
import { ExpressionCutOffError, ExpressionError, ExpressionTooCostlyError } from '../flows.errors.js';

export type ChildTask = Pick<ChildRequest, 'scope' | 'sources' | 'match'>;

const MAX_RESULT_BYTES = 262_144;
const CHILD_HEAP_MB = 96;
/** To start the process and load the language; a machine that takes longer is in trouble of another kind. */
const START_LIMIT_MS = 30_000;
/** Then it is ended: an idle service keeps no process beside it. */
const IDLE_LIMIT_MS = 60_000;

interface Pending {
  task: ChildTask;
  settle: PromiseWithResolvers<unknown>;
}

/**
 * A place at which one task after the other is carried out in a process beside the service. Promises that a task is
 * answered or cut off within the limit from the moment at which the process is ready for it, and that what happens to
 * the process happens to its task alone: the next one gets a new process.
 */
export class ExpressionProcess {
  #child: ChildProcess | undefined;
  #isReady = false;
  #current: Pending | undefined;
  #timer: NodeJS.Timeout | undefined;
  #lastId = 0;

  constructor(private readonly limitMs: number) {}

  get isBusy(): boolean {
    return this.#current !== undefined;
  }

  carryOut(task: ChildTask): Promise<unknown> {
    const settle = Promise.withResolvers<unknown>();
    this.#current = { task, settle };
    if (this.#isReady) this.#send();
    else this.#start();
    return settle.promise;
  }

  end(reason: string): void {
    this.#end(new ExpressionCutOffError(reason));
  }

  #giveUp(reason: string): void {
    this.#end(new ExpressionTooCostlyError(reason));
  }

  #end(error: ExpressionCutOffError): void {
    const child = this.#child;
    this.#child = undefined;
    this.#isReady = false;
    child?.removeAllListeners();
    child?.on('error', () => undefined); // A message that it no longer reads is no failure of anybody's.
    child?.kill('SIGKILL');
    this.#settle(({ reject }) => reject(error));
  }

  #send(): void {
    if (!this.#current) return;
    this.#setTimer(this.limitMs, () => this.#giveUp(`takes longer than ${this.limitMs} ms`));
    const request: ChildRequest = {
      ...this.#current.task,
      id: ++this.#lastId,
      maxResultBytes: MAX_RESULT_BYTES,
    };
    this.#child?.send(request);
  }

  #start(): void {
    this.#setTimer(START_LIMIT_MS, () => this.end('could not be worked on: its process does not start'));
    if (this.#child) return;
    // Beside this file and of the same kind: .js where it was built, .ts where Node runs the source.
    const file = fileURLToPath(new URL(`./expression-child${import.meta.url.slice(-3)}`, import.meta.url));
    const execArgv = [`--max-old-space-size=${CHILD_HEAP_MB}`];
    const child = fork(file, { env: {}, execArgv, stdio: 'ignore' });
    this.#child = child;
    child.on('message', (message: ChildMessage) => this.#receive(message));
    child.on('error', () => this.end('could not be worked on'));
    child.on('exit', () =>
      this.#isReady ? this.#giveUp('needs too much memory') : this.end('could not be worked on'),
    );
    child.unref();
    child.channel?.unref();
  }

  #receive(message: ChildMessage): void {
    if ('isReady' in message) {
      this.#isReady = true;
      this.#send();
      return;
    }
    const { value, error } = message;
    this.#settle(({ resolve, reject }) =>
      error === undefined ? resolve(value) : reject(new ExpressionError(error)),
    );
    this.#setTimer(IDLE_LIMIT_MS, () => this.end('was idle'));
  }

  #setTimer(afterMs: number, onOver: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(onOver, afterMs);
    if (!this.#current) this.#timer.unref();
  }

  #settle(settle: (pending: PromiseWithResolvers<unknown>) => void): void {
    clearTimeout(this.#timer);
    const current = this.#current;
    this.#current = undefined;
    if (current) settle(current.settle);
  }
}
