import { isUnavailable } from '../../storage/storage.errors.js';
import { holds } from '../expressions/condition-evaluator.js';
import { runAction } from './action-step.js';
import { durationMs } from '../../clock/iso-duration.js';
import {
  type CallFlowStep,
  type ForEachStep,
  type IfStep,
  kindOf,
  type Step,
  type StopStep,
  type TransformStep,
  type WaitStep,
} from '../document/flow-definition.js';
import type { StepRow } from '../runs/flow-runs.repository.js';
import { ExpressionError, STOPPED } from '../flows.errors.js';
import type { RunError } from '../flows.tables.js';
import { instantMs } from '../../clock/instant.js';
import { isOutline, isTooLarge, outlineOf, RESULT_MAX_CHARS, ResultList } from './result-size.js';
import type { RunFacts } from '../runs/run-facts.js';
import { FlowStopped, LeaseLost, RunCancelled, RunSuspended, StepFailed } from './run-signals.js';
import { toRunError } from './step-failure.js';
import type { Surroundings } from './surroundings.js';
import { render, renderParams } from '../expressions/template.js';

const LONGEST_WAIT_MS = 366 * 86_400_000;

interface Scope {
  /** `steps` as expressions see it at this place. */
  steps: Record<string, { result?: unknown; error?: RunError }>;
  /** Items of the loops around. */
  items: Readonly<Record<string, unknown>>;
}

/**
 * Takes one run through its steps. Promises that it can be begun again at any time with the same journal: what is
 * finished there is not done again, what was begun is continued under the same key, and no effect happens before its
 * intent is committed.
 */
export class FlowExecutor {
  #position = 0;

  constructor(
    private readonly run: RunFacts,
    private readonly around: Surroundings,
  ) {}

  get stepCount(): number {
    return this.#position;
  }

  /** The result of the run: that of its last step. Ends early by throwing one of run-signals. */
  execute(): Promise<unknown> {
    return this.#runSteps(this.run.definition.steps, { steps: {}, items: {} }, '');
  }

  async #runSteps(steps: readonly Step[], scope: Scope, prefix: string): Promise<unknown> {
    let last: unknown;
    for (const step of steps) last = await this.#runStep(step, scope, prefix + step.id);
    return last;
  }

  async #runStep(step: Step, scope: Scope, path: string): Promise<unknown> {
    this.#position++;
    this.#checkLimits(path);
    try {
      const result = await this.#carryOut(step, scope, path);
      scope.steps[step.id] = { result };
      return result;
    } catch (error) {
      const failure = this.#asFailure(error, path);
      this.#noteFailure(step, path, failure.reason);
      if (!step.continueOnError) throw failure;
      scope.steps[step.id] = { error: failure.reason };
      return undefined;
    }
  }

  #checkLimits(path: string): void {
    if (this.around.stopping.aborted) throw new LeaseLost();
    if (this.#position > this.run.maxSteps) {
      const reason = { code: 'limit_reached', message: `The run has taken ${this.run.maxSteps} steps`, path };
      throw new FlowStopped('failed', reason, null);
    }
    const { deadlineAt } = this.run;
    if (deadlineAt !== null && this.around.clock.nowMs() > deadlineAt.getTime()) {
      throw new FlowStopped(
        'failed',
        { code: 'limit_reached', message: 'The run has taken too long', path },
        null,
      );
    }
  }

  /** A failure of the step; signals, and a database that is away, are none and pass. */
  #asFailure(error: unknown, path: string): StepFailed {
    if (error instanceof StepFailed) return error;
    const isSignal =
      error instanceof FlowStopped ||
      error instanceof RunSuspended ||
      error instanceof RunCancelled ||
      error instanceof LeaseLost;
    if (isSignal || isUnavailable(error)) throw error;
    if (error instanceof ExpressionError) return new StepFailed(toRunError(error, path));
    throw error;
  }

  #noteFailure(step: Step, path: string, reason: RunError): void {
    const row = this.around.journal.find(path);
    if (row?.status === 'failed') return;
    this.around.journal.note({
      ...(row ?? this.#row(step, path)),
      status: 'failed',
      error: reason,
      finished_at: this.around.clock.now(),
    });
  }

  async #carryOut(step: Step, scope: Scope, path: string): Promise<unknown> {
    if ('if' in step) return this.#runIf(step, scope, path);
    if ('stop' in step) return this.#stop(step, scope, path);
    const row = this.around.journal.find(path);
    if (row?.status === 'succeeded' && !isApart(step, row)) return row.output ?? undefined;
    if (row?.status === 'failed' && row.error && !('for_each' in step)) throw new StepFailed(row.error);
    if ('action' in step) {
      const start = { row: row ?? this.#row(step, path), isNew: row === undefined };
      return runAction(step, start, {
        ...this.#inside(),
        params: () => renderParams(step.params, this.#scopeOf(scope), this.around.engine),
      });
    }
    if ('for_each' in step) return this.#runLoop(step, scope, path);
    if ('wait' in step) return this.#runWait(step, scope, path);
    if ('call_flow' in step) return this.#runCall(step, scope, path);
    return this.#transform(step, scope, path);
  }

  async #transform(step: TransformStep, scope: Scope, path: string): Promise<unknown> {
    const value = await this.#render(step.transform, scope);
    if (!isTooLarge(value)) return this.#finish(step, path, value);
    const message = `The result has more than ${RESULT_MAX_CHARS} characters`;
    throw new StepFailed({ code: 'limit_reached', message, path });
  }

  /** Whoever comes to it stops, however often: a stop that was met once is not behind the run. */
  async #stop(step: StopStep, scope: Scope, path: string): Promise<never> {
    const message = await this.#render(step.stop.message, scope);
    this.#finish(step, path, null);
    const isFailed = step.stop.status === 'failed';
    const reason = { code: STOPPED, message: textOf(message) ?? 'The flow stopped itself', path };
    throw new FlowStopped(step.stop.status, isFailed ? reason : null, message ?? null);
  }

  /** The branch once taken stays taken; its steps are walked again, so that later ones see their results. */
  async #runIf(step: IfStep, scope: Scope, path: string): Promise<unknown> {
    const decided = this.around.journal.find(path)?.output as { branch?: 'then' | 'else' } | null | undefined;
    let branch = decided?.branch;
    if (branch === undefined || this.around.journal.find(path)?.status === 'failed') {
      branch ??= (await holds(step.if, { scope: this.#scopeOf(scope) }, this.around.engine))
        ? 'then'
        : 'else';
      this.#finish(step, path, { branch });
    }
    return this.#runSteps(step[branch], scope, `${path}.`);
  }

  async #runLoop(step: ForEachStep, scope: Scope, path: string): Promise<unknown> {
    const items = await this.#itemsOf(step, scope, path);
    const results = new ResultList();
    for (const [index, item] of items.entries()) {
      const inner = { steps: { ...scope.steps }, items: { ...scope.items, [step.as]: item, index } };
      results.add((await this.#runSteps(step.steps, inner, `${path}[${index}].`)) ?? null);
    }
    return this.#finish(step, path, results.items);
  }

  /** What the loop began with: a later evaluation could give another list. */
  async #itemsOf(step: ForEachStep, scope: Scope, path: string): Promise<unknown[]> {
    const earlier = this.around.journal.find(path)?.input as { items?: unknown[] } | null | undefined;
    if (earlier?.items) return earlier.items;
    const value = await this.#render(step.for_each, scope);
    const items = value === undefined || value === null ? [] : Array.isArray(value) ? value : [value];
    if (items.length > step.max) {
      const message = `The list has ${items.length} items, more than the ${step.max} that max allows`;
      throw new StepFailed({ code: 'limit_reached', message, path });
    }
    this.around.journal.note({ ...this.#row(step, path), input: { items } });
    return items;
  }

  async #runWait(step: WaitStep, scope: Scope, path: string): Promise<unknown> {
    const { journal, clock, isWaitSkipped } = this.around;
    const earlier = journal.find(path);
    const row = earlier ?? this.#row(step, path);
    const input = row.input ?? (await this.#render(step.wait, scope));
    const wakeAt = row.wake_at ?? this.#wakeTime(step, input as { for?: unknown; until?: unknown }, path);
    if (isWaitSkipped || wakeAt.getTime() <= clock.nowMs()) return this.#finish(step, path, null);
    journal.note({ ...row, status: 'waiting', input, wake_at: wakeAt });
    throw new RunSuspended(wakeAt);
  }

  #wakeTime(step: WaitStep, input: { for?: unknown; until?: unknown }, path: string): Date {
    const isUntil = 'until' in step.wait;
    const value = isUntil ? input.until : input.for;
    const text = typeof value === 'string' ? value : '';
    const nowMs = this.around.clock.nowMs();
    const atMs = isUntil ? (instantMs(text) ?? NaN) : nowMs + (durationMs(text) ?? NaN);
    if (Number.isNaN(atMs)) {
      const wanted = isUntil ? 'an instant with its offset or Z' : 'an ISO 8601 duration';
      throw new StepFailed({ code: 'validation_error', message: `The wait is not ${wanted}`, path });
    }
    if (atMs - nowMs > LONGEST_WAIT_MS) {
      throw new StepFailed({ code: 'limit_reached', message: 'The wait is longer than a year', path });
    }
    return new Date(atMs);
  }

  async #runCall(step: CallFlowStep, scope: Scope, path: string): Promise<unknown> {
    const { journal, calls } = this.around;
    const earlier = journal.find(path);
    const attempt = earlier?.status === 'retrying' ? earlier.attempt + 1 : (earlier?.attempt ?? 1);
    const input = earlier?.input ?? (await this.#render(step.input, scope)) ?? null;
    if (earlier?.status !== 'waiting') {
      journal.note({ ...(earlier ?? this.#row(step, path)), status: 'waiting', attempt, input });
    }
    const result = await calls.call({ flow: step.call_flow, input, path, attempt }, this.run);
    return this.#finish(step, path, isTooLarge(result) ? outlineOf(result) : result);
  }

  /** What is too long for one row is kept as an outline: the step has had its effect, and does not fail for its length. */
  #finish(step: Step, path: string, output: unknown): unknown {
    const { journal, clock } = this.around;
    const row = journal.find(path) ?? this.#row(step, path);
    journal.note({
      ...row,
      status: 'succeeded',
      output: isTooLarge(output) ? outlineOf(output) : (output ?? null),
      error: null,
      finished_at: clock.now(),
    });
    return output;
  }

  #row(step: Step, path: string): StepRow {
    return {
      run_id: this.run.runId,
      path,
      position: this.#position,
      step_id: step.id,
      kind: kindOf(step),
      status: 'started',
      attempt: 1,
      attempts_before: 0,
      input: null,
      secrets: null,
      output: null,
      error: null,
      started_at: this.around.clock.now(),
      finished_at: null,
      wake_at: null,
      action_run_id: null,
    };
  }

  #inside(): { run: RunFacts; around: Surroundings } {
    return { run: this.run, around: this.around };
  }

  #render(value: unknown, scope: Scope): Promise<unknown> {
    return render(value, this.#scopeOf(scope), this.around.engine);
  }

  #scopeOf(scope: Scope): Record<string, unknown> {
    const { event, payload } = this.run.input;
    return {
      ...scope.items,
      event,
      payload,
      steps: scope.steps,
      flow: {
        id: this.run.flowId,
        name: this.run.definition.name,
        version: this.run.flowVersion,
        runId: this.run.runId,
      },
      now: this.around.clock.now().toISOString(),
    };
  }
}

/** A loop whose results are in the rows of its steps only: those are walked again, as of a branch, and nothing is done twice. */
function isApart(step: Step, row: StepRow): boolean {
  return 'for_each' in step && isOutline(row.output);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
