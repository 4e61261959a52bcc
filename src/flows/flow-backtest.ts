import { Inject, Injectable } from '@nestjs/common';
import { ActionRunner } from '../actions/action-runner.js';
import { Clock } from '../clock/clock.js';
import { AppError } from '../errors/app-error.js';
import type { RequestPreview } from '../integrations/integration.js';
import { holds, watchedValues } from './condition-evaluator.js';
import { EventHistoryRepository, type PastEvent } from './event-history.repository.js';
import { ExpressionEngine } from './expression-engine.js';
import type { FlowDefinition } from './flow-definition.js';
import { FlowExecutor } from './flow-executor.js';
import { type FlowsConfig, flowsConfig } from './flows.config.js';
import { CONDITION_ERROR, ExpressionError } from './flows.errors.js';
import type { RunError } from './flows.tables.js';
import type { RunFacts } from './run-facts.js';
import { FlowStopped, RunSuspended, StepFailed } from './run-signals.js';
import type { StepActions, StepAnswer, StepCall } from './step-actions.js';
import { PendingSteps, type StepJournal } from './step-journal.js';
import type { FlowCalls } from './surroundings.js';
import { triggers } from './trigger-match.js';

export interface BacktestRequest {
  flow: { id: string; version: number };
  definition: FlowDefinition;
  from: Date;
  to: Date;
  limit: number;
  /** What steps answer, by their id; without it an action answers nothing. */
  results: Readonly<Record<string, unknown>>;
}

export interface RecordedCall {
  step: string;
  action: string;
  params: unknown;
  /** What would have been sent; absent where the action would have been refused. */
  request?: RequestPreview;
  refused?: { code: string; message: string; details?: unknown };
}

export interface BacktestRun {
  eventId: string;
  eventType: string;
  receivedAt: string;
  status: 'succeeded' | 'failed';
  error: RunError | null;
  calls: RecordedCall[];
}

export interface BacktestReport {
  events: number;
  /** There were more events in the range than were looked at. */
  isCut: boolean;
  matched: number;
  runs: BacktestRun[];
}

/** Writes down what it is asked to send. It holds nothing that could send it: previews are all it can ask for. */
class RecordingActions implements StepActions {
  readonly calls: RecordedCall[] = [];

  constructor(
    private readonly preview: (action: StepCall) => RequestPreview,
    private readonly results: Readonly<Record<string, unknown>>,
  ) {}

  isWrite(): boolean {
    return false;
  }

  async carryOut(call: StepCall): Promise<StepAnswer> {
    const recorded = { step: call.path, action: call.action, params: call.params };
    try {
      this.calls.push({ ...recorded, request: this.preview(call) });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      const { code, message, details } = error;
      this.calls.push({
        ...recorded,
        refused: { code, message, ...(details === undefined ? {} : { details }) },
      });
      throw error;
    }
    const id = call.path.split('.').at(-1) ?? call.path;
    return { result: this.results[id] ?? null, actionRunId: null };
  }
}

class MemoryJournal extends PendingSteps implements StepJournal {
  async save(step: Parameters<StepJournal['save']>[0]): Promise<void> {
    this.note(step);
  }
}

/** Runs a flow over stored events with every outgoing call replaced by a record of it. Nothing leaves, nothing is stored. */
@Injectable()
export class FlowBacktest {
  readonly #preview: (call: StepCall) => RequestPreview;

  constructor(
    runner: ActionRunner,
    private readonly history: EventHistoryRepository,
    private readonly engine: ExpressionEngine,
    private readonly clock: Clock,
    @Inject(flowsConfig.token) private readonly config: FlowsConfig,
  ) {
    this.#preview = ({ action, params }) => {
      const at = action.indexOf('.');
      return runner.preview({ integration: action.slice(0, at), operation: action.slice(at + 1), params });
    };
  }

  async run(request: BacktestRequest): Promise<BacktestReport> {
    const { definition, from, to, limit } = request;
    const events = await this.history.between({ from, to, limit: limit + 1 });
    const looked = events.slice(0, limit);
    const seen = new Map<string, Record<string, unknown>>();
    const runs: BacktestRun[] = [];
    let matched = 0;
    for (const past of looked) {
      if (!triggers(definition.trigger, past.event)) continue;
      const verdict = await this.#verdictOn(definition, past, seen);
      if (verdict === false) continue;
      if (verdict === true) matched++;
      runs.push(
        verdict === true ? await this.#runOne(request, past) : reportOn(past, { error: verdict, calls: [] }),
      );
    }
    return { events: looked.length, isCut: events.length > limit, matched, runs };
  }

  /** Whether the flow would start, or why that cannot be said: the other events are tried nevertheless. */
  async #verdictOn(
    definition: FlowDefinition,
    past: PastEvent,
    seen: Map<string, Record<string, unknown>>,
  ): Promise<boolean | RunError> {
    try {
      return await this.#matches(definition, past, seen);
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      return { code: CONDITION_ERROR, message: error.message };
    }
  }

  async #matches(
    definition: FlowDefinition,
    { event, payload }: PastEvent,
    seen: Map<string, Record<string, unknown>>,
  ): Promise<boolean> {
    const { conditions } = definition;
    if (!conditions) return true;
    const scope = { event, payload, now: event.receivedAt };
    const key = [event.source, event.workspaceId, event.subjectId].join('\n');
    const previous = event.subjectId === null ? undefined : seen.get(key);
    seen.set(key, watchedValues(conditions, scope));
    return holds(conditions, { scope, previous }, this.engine.of('backtest'));
  }

  async #runOne(request: BacktestRequest, { event, payload }: PastEvent): Promise<BacktestRun> {
    const actions = new RecordingActions(this.#preview, request.results);
    const run = this.#factsOf(request, { event, payload });
    const never = new AbortController().signal;
    const executor = new FlowExecutor(run, {
      journal: new MemoryJournal(),
      actions,
      calls: new RecordedFlowCalls(actions, request.results),
      engine: this.engine.of('backtest'),
      clock: this.clock,
      signal: never,
      stopping: never,
      isWaitSkipped: true,
    });
    const error = await reasonOf(executor.execute());
    return reportOn({ event }, { error, calls: actions.calls });
  }

  #factsOf(request: BacktestRequest, input: RunFacts['input']): RunFacts {
    const { flow, definition } = request;
    return {
      runId: 'backtest',
      flowId: flow.id,
      flowVersion: flow.version,
      definition,
      input,
      callDepth: 0,
      chain: [],
      requestId: 'backtest',
      workspaceId: input.event?.workspaceId ?? null,
      subjectId: input.event?.subjectId ?? null,
      createdBy: 'backtest',
      maxSteps: this.config.FLOW_MAX_STEPS,
      deadlineAt: null,
    };
  }
}

function reportOn(
  { event }: Pick<PastEvent, 'event'>,
  { error, calls }: Pick<BacktestRun, 'error' | 'calls'>,
): BacktestRun {
  return {
    eventId: event.id,
    eventType: event.type,
    receivedAt: event.receivedAt,
    status: error === null ? 'succeeded' : 'failed',
    error,
    calls,
  };
}

/** A call of another flow is recorded as such; what that flow would do is its own back-test. */
class RecordedFlowCalls implements FlowCalls {
  constructor(
    private readonly actions: RecordingActions,
    private readonly results: Readonly<Record<string, unknown>>,
  ) {}

  async call(call: { flow: string; input: unknown; path: string }): Promise<unknown> {
    this.actions.calls.push({ step: call.path, action: `call_flow ${call.flow}`, params: call.input });
    return this.results[call.path.split('.').at(-1) ?? call.path] ?? null;
  }
}

async function reasonOf(running: Promise<unknown>): Promise<RunError | null> {
  try {
    await running;
    return null;
  } catch (error) {
    if (error instanceof FlowStopped || error instanceof StepFailed) return error.reason;
    if (error instanceof RunSuspended)
      return { code: 'unavailable', message: 'The action cannot be previewed now' };
    throw error;
  }
}
