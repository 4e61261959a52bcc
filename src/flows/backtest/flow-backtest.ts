import { Inject, Injectable } from '@nestjs/common';
import { ActionRunner } from '../../actions/action-runner.js';
import type { Reach } from '../../access/reach.js';
import { Clock } from '../../clock/clock.js';
import type { RequestPreview } from '../../integrations/integration.js';
import { holds, watchedValues } from '../expressions/condition-evaluator.js';
import { BacktestExpressions } from './backtest-expressions.js';
import { BacktestPage, PageOver } from './backtest-page.js';
import { EventHistoryRepository, type PastEvent } from './event-history.repository.js';
import type { FlowDefinition } from '../document/flow-definition.js';
import { FlowExecutor } from '../execution/flow-executor.js';
import { FlowReach } from '../flow-reach.js';
import { type FlowsConfig, flowsConfig } from '../flows.config.js';
import { CONDITION_ERROR, ExpressionError } from '../flows.errors.js';
import type { EventFacts, RunError } from '../flows.tables.js';
import { jsonLength } from '../../storage/json-length.js';
import { OneAtATime } from './one-at-a-time.js';
import { type RecordedCall, RecordingActions } from './recording-actions.js';
import type { RunFacts } from '../runs/run-facts.js';
import { FlowStopped, RunSuspended, StepFailed } from '../execution/run-signals.js';
import { actionOf, type StepCall } from '../execution/step-actions.js';
import { PendingSteps, type StepJournal } from '../execution/step-journal.js';
import { triggers } from '../start/trigger-match.js';

export interface BacktestRequest {
  /** Of whoever asks: events outside of it are not there. */
  reach: Reach;
  flow: { id: string; version: number };
  definition: FlowDefinition;
  from: Date;
  to: Date;
  limit: number;
  /** The event behind which to go on. */
  cursor?: string | undefined;
  /** What steps answer, by their id; without it an action answers nothing. */
  results: Readonly<Record<string, unknown>>;
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
  /** What to ask for the rest with. */
  nextCursor: string | null;
  matched: number;
  runs: BacktestRun[];
}

class MemoryJournal extends PendingSteps implements StepJournal {
  async save(step: Parameters<StepJournal['save']>[0]): Promise<void> {
    this.note(step);
  }
}

/** Steps without expressions do not let others go first. */
const STEPS_MAX = 1000;
/** How many may wait for the one that is worked on. */
const WAITING_MAX = 4;

/** One page of a back-test in the making. */
interface Attempt {
  request: BacktestRequest;
  page: BacktestPage;
  /** By subject, what `changed_to` looks at. */
  seen: Map<string, Record<string, unknown>>;
}

/**
 * Runs a flow over stored events with every outgoing call replaced by a record of it. Nothing leaves, nothing is stored.
 * Promises to be one at a time, to hold one payload at a time, to let others go first between events and steps, to end
 * with the page's limits, and to stop when nobody waits for it any more.
 */
@Injectable()
export class FlowBacktest {
  readonly #preview: (call: StepCall) => Promise<RequestPreview>;
  readonly #lane = new OneAtATime('back-tests', WAITING_MAX);

  constructor(
    runner: ActionRunner,
    private readonly history: EventHistoryRepository,
    private readonly expressions: BacktestExpressions,
    private readonly reaches: FlowReach,
    private readonly clock: Clock,
    @Inject(flowsConfig.token) private readonly config: FlowsConfig,
  ) {
    this.#preview = (call) => runner.preview(actionOf(call));
  }

  async run(request: BacktestRequest, signal: AbortSignal): Promise<BacktestReport> {
    await this.reaches.demandSteps(request.reach, request.definition);
    return this.#lane.run(() => this.#runPage(request, signal), signal);
  }

  async #runPage(request: BacktestRequest, signal: AbortSignal): Promise<BacktestReport> {
    const { from, to, limit, cursor, reach } = request;
    const events = await this.history.between({ from, to, limit: limit + 1, afterId: cursor, reach });
    const attempt: Attempt = { request, page: new BacktestPage(this.clock, signal), seen: new Map() };
    const runs: BacktestRun[] = [];
    let looked = 0;
    let matched = 0;
    for (const event of events.slice(0, limit)) {
      if (looked > 0 && attempt.page.isFull) break;
      const tried = await this.#tryOn(event, attempt, looked === 0);
      if (tried === 'later') break;
      looked++;
      if (!tried) continue;
      if (tried.hasMatched) matched++;
      attempt.page.hasWritten(jsonLength(tried.run, Infinity));
      runs.push(tried.run);
    }
    const isCut = looked < events.length;
    const nextCursor = isCut ? (events[looked - 1]?.id ?? cursor ?? null) : null;
    return { events: looked, isCut, nextCursor, matched, runs };
  }

  /** Nothing where the flow would not start. `later`: the page is over, and the event belongs to the next one. */
  async #tryOn(
    event: EventFacts,
    attempt: Attempt,
    isFirst: boolean,
  ): Promise<{ run: BacktestRun; hasMatched: boolean } | undefined | 'later'> {
    if (!triggers(attempt.request.definition.trigger, event)) return undefined;
    attempt.page.throwIfGone();
    const stored = await this.history.payloadOf(event.id);
    if (!stored) return undefined;
    attempt.page.hasRead(stored.bytes);
    try {
      return await this.#tryWith({ event, payload: stored.payload }, attempt);
    } catch (error) {
      if (!(error instanceof PageOver)) throw error;
      if (!isFirst) return 'later';
      const reason = { code: 'limit_reached', message: 'The run takes longer than a back-test may' };
      return { run: reportOn({ event }, { error: reason, calls: [] }), hasMatched: true };
    }
  }

  async #tryWith(
    past: PastEvent,
    attempt: Attempt,
  ): Promise<{ run: BacktestRun; hasMatched: boolean } | undefined> {
    const verdict = await this.#verdictOn(past, attempt);
    if (verdict === false) return undefined;
    const run =
      verdict === true ? await this.#runOne(past, attempt) : reportOn(past, { error: verdict, calls: [] });
    return { run, hasMatched: verdict === true };
  }

  /** Whether the flow would start, or why that cannot be said: the other events are tried nevertheless. */
  async #verdictOn(past: PastEvent, attempt: Attempt): Promise<boolean | RunError> {
    try {
      return await this.#matches(past, attempt);
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      return { code: CONDITION_ERROR, message: error.message };
    }
  }

  async #matches({ event, payload }: PastEvent, { request, page, seen }: Attempt): Promise<boolean> {
    const { conditions } = request.definition;
    if (!conditions) return true;
    const scope = { event, payload, now: event.receivedAt };
    const key = [event.source, event.workspaceId, event.subjectId].join('\n');
    const previous = event.subjectId === null ? undefined : seen.get(key);
    seen.set(key, watchedValues(conditions, scope));
    return holds(conditions, { scope, previous }, this.expressions.on(page));
  }

  async #runOne({ event, payload }: PastEvent, { request, page }: Attempt): Promise<BacktestRun> {
    const actions = new RecordingActions(this.#preview, request.results);
    const never = new AbortController().signal;
    const executor = new FlowExecutor(this.#factsOf(request, { event, payload }), {
      journal: new MemoryJournal(),
      actions,
      calls: actions,
      engine: this.expressions.on(page),
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
      maxSteps: Math.min(this.config.FLOW_MAX_STEPS, STEPS_MAX),
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
