import { setImmediate as nextTurn } from 'node:timers/promises';
import { AppError } from '../../errors/app-error.js';
import type { RequestPreview } from '../../integrations/integration.js';
import { jsonLength } from '../../storage/json-length.js';
import type { StepActions, StepAnswer, StepCall } from '../execution/step-actions.js';
import type { FlowCalls } from '../execution/surroundings.js';

export interface TooLarge {
  isTooLarge: true;
}

export interface RecordedCall {
  step: string;
  action: string;
  params: unknown;
  /** What would have been sent; absent where the action would have been refused. */
  request?: RequestPreview | TooLarge;
  refused?: { code: string; message: string; details?: unknown };
}

/** Of one part of a call, and of all calls of a run together. What is longer is left out and said to be too large. */
const PART_CHARS = 20_000;
const RUN_CHARS = 500_000;

/** Writes down what it is asked to send. It holds nothing that could send it: previews are all it can ask for. */
export class RecordingActions implements StepActions, FlowCalls {
  readonly calls: RecordedCall[] = [];
  #left = RUN_CHARS;

  constructor(
    private readonly preview: (action: StepCall) => Promise<RequestPreview>,
    private readonly results: Readonly<Record<string, unknown>>,
  ) {}

  isWrite(): boolean {
    return false;
  }

  async carryOut(call: StepCall): Promise<StepAnswer> {
    await nextTurn();
    const recorded = { step: call.path, action: call.action, params: this.#kept(call.params) };
    try {
      this.calls.push({ ...recorded, request: this.#kept(await this.preview(call)) });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      const { code, message, details } = error;
      const shown = details === undefined ? {} : { details: this.#kept(details) };
      this.calls.push({ ...recorded, refused: { code, message, ...shown } });
      throw error;
    }
    return { result: this.#resultOf(call.path), actionRunId: null };
  }

  /** A call of another flow is recorded as such; what that flow would do is its own back-test. */
  async call(call: { flow: string; input: unknown; path: string }): Promise<unknown> {
    await nextTurn();
    this.calls.push({ step: call.path, action: `call_flow ${call.flow}`, params: this.#kept(call.input) });
    return this.#resultOf(call.path);
  }

  #resultOf(path: string): unknown {
    return this.results[path.split('.').at(-1) ?? path] ?? null;
  }

  #kept<T>(part: T): T | TooLarge {
    const length = jsonLength(part, PART_CHARS);
    if (length > Math.min(PART_CHARS, this.#left)) return { isTooLarge: true };
    this.#left -= length;
    return part;
  }
}
