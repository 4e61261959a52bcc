import { Inject, Injectable } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { SharedClock } from '../../clock/shared-clock.js';
import { isUnavailable } from '../../storage/storage.errors.js';
import { durationMs } from '../../clock/iso-duration.js';
import { LiveCalls } from './flow-calls.js';
import { ExpressionEngine } from '../expressions/expression-engine.js';
import type { FlowDefinition } from '../document/flow-definition.js';
import { FlowExecutor } from './flow-executor.js';
import { FlowMetrics } from './flow-metrics.js';
import type { RunRow } from '../runs/flow-runs.repository.js';
import type { RunEnd } from './flow-news.js';
import { type FlowsConfig, flowsConfig } from '../flows.config.js';
import type { Verdict } from './loop-guard.js';
import { isTooLarge, outlineOf } from './result-size.js';
import type { RunFacts } from '../runs/run-facts.js';
import type { RunJournal } from './run-journal.js';
import type { RunSignals } from './surroundings.js';
import { FlowStopped, LeaseLost, RunCancelled, RunSuspended, StepFailed } from './run-signals.js';
import { LiveActions } from './step-actions.js';
import { toRunError } from './step-failure.js';

export interface ClaimedRun {
  row: RunRow;
  definition: FlowDefinition | undefined;
  verdict: Verdict;
  journal: RunJournal;
}

/** How work on a run came to an end: the last word is said, or it is parked; cut off by a database that is away; or left undone. */
export type WorkOutcome = 'ended' | 'parked' | 'cut_off' | 'interrupted';

/** Works on one claimed run until it ends or has to wait. */
@Injectable()
export class FlowWorker {
  constructor(
    private readonly actions: LiveActions,
    private readonly calls: LiveCalls,
    private readonly engine: ExpressionEngine,
    private readonly clock: SharedClock,
    @Inject(flowsConfig.token) private readonly config: FlowsConfig,
    private readonly metrics: FlowMetrics,
    @InjectPinoLogger('flows') private readonly log: PinoLogger,
  ) {}

  async work(claimed: ClaimedRun, signals: RunSignals): Promise<WorkOutcome> {
    const { row } = claimed;
    const line = { run: row.id, flow: row.flow_id };
    try {
      return await this.#workOrCancel(claimed, signals);
    } catch (error) {
      if (error instanceof LeaseLost) {
        this.log.warn(line, 'A flow run was interrupted; it goes on later');
        return 'interrupted';
      }
      if (!isUnavailable(error)) throw error;
      this.log.warn({ ...line, err: error }, 'A flow run goes on when the database is back');
      return 'cut_off';
    }
  }

  async #workOrCancel(claimed: ClaimedRun, signals: RunSignals): Promise<WorkOutcome> {
    const { row } = claimed;
    try {
      return await this.#begin(claimed, signals);
    } catch (error) {
      if (!(error instanceof RunCancelled)) throw error;
      const at = this.clock.now();
      const stepCount = row.step_count;
      return this.#end(claimed, { status: 'cancelled', at, result: null, error: null, stepCount });
    }
  }

  async #begin(claimed: ClaimedRun, signals: RunSignals): Promise<WorkOutcome> {
    const { row, definition, journal, verdict } = claimed;
    const at = this.clock.now();
    if (!definition) return this.#end(claimed, failure(at, 'not_found', 'The version of the flow is gone'));
    if (row.is_cancel_requested) throw new RunCancelled();
    if (verdict.isLoop) {
      const message = 'The flow keeps starting itself by the webhooks of its own effects';
      const error = { code: 'loop', message };
      return this.#end(claimed, { status: 'blocked', at, result: null, error, stepCount: 0 });
    }
    const run = this.#factsOf(row, definition, verdict);
    const { actions, calls, clock } = this;
    const engine = this.engine.of(row.flow_id);
    const executor = new FlowExecutor(run, { actions, calls, clock, engine, ...signals, journal });
    return this.#execute(executor, claimed, run);
  }

  async #execute(executor: FlowExecutor, claimed: ClaimedRun, run: RunFacts): Promise<WorkOutcome> {
    const { clock } = this;
    const ended = (status: 'succeeded' | 'failed', result: unknown, error: RunRow['error']): RunEnd => ({
      status,
      at: clock.now(),
      result: isTooLarge(result) ? outlineOf(result) : (result ?? null),
      error,
      stepCount: executor.stepCount,
    });
    try {
      const result = await executor.execute();
      return await this.#end(claimed, ended('succeeded', result, null));
    } catch (error) {
      if (error instanceof FlowStopped)
        return this.#end(claimed, ended(error.status, error.result, error.reason));
      if (error instanceof StepFailed) return this.#end(claimed, ended('failed', null, error.reason));
      if (error instanceof RunSuspended) return this.#suspend(claimed, error, run, executor.stepCount);
      if (error instanceof RunCancelled || error instanceof LeaseLost || isUnavailable(error)) throw error;
      this.log.error({ err: error, run: run.runId, flow: run.flowId }, 'A flow run failed unexpectedly');
      return this.#end(claimed, ended('failed', null, toRunError(error, '')));
    }
  }

  async #suspend(
    claimed: ClaimedRun,
    { until, child }: RunSuspended,
    run: RunFacts,
    stepCount: number,
  ): Promise<WorkOutcome> {
    const pauseMs = until.getTime() - this.clock.nowMs();
    // For the release before this one, which counts on the clock and knows the pause in advance only.
    const deadlineAt = run.deadlineAt && new Date(run.deadlineAt.getTime() + pauseMs);
    await claimed.journal.end({ status: 'waiting', readyAt: until, deadlineAt, stepCount }, child);
    return 'parked';
  }

  async #end(claimed: ClaimedRun, change: RunEnd): Promise<WorkOutcome> {
    const { row } = claimed;
    await claimed.journal.end(change);
    const durationMs = row.started_at ? change.at.getTime() - row.started_at.getTime() : undefined;
    this.metrics.ended({ status: change.status, origin: row.origin, durationMs });
    this.log[change.status === 'succeeded' ? 'debug' : 'info'](
      {
        run: row.id,
        flow: row.flow_id,
        status: change.status,
        duration_ms: durationMs,
        ...(change.error ? { code: change.error.code, step: change.error.path } : {}),
      },
      'Flow run ended',
    );
    return 'ended';
  }

  #factsOf(row: RunRow, definition: FlowDefinition, verdict: Verdict): RunFacts {
    const { limits } = definition;
    const runMs = Math.min(
      limits.runTime === undefined ? Infinity : (durationMs(limits.runTime) ?? Infinity),
      this.config.FLOW_MAX_RUN_SECONDS * 1000,
    );
    const sinceMs = row.worked_since?.getTime() ?? this.clock.nowMs();
    return {
      runId: row.id,
      flowId: row.flow_id,
      flowVersion: row.flow_version,
      definition,
      input: row.input,
      callDepth: row.call_depth,
      chain: verdict.chain,
      requestId: row.request_id,
      workspaceId: row.workspace_id,
      subjectId: row.subject_id,
      createdBy: row.created_by,
      maxSteps: Math.min(limits.steps ?? Infinity, this.config.FLOW_MAX_STEPS),
      deadlineAt: new Date(sinceMs + runMs - row.worked_ms),
    };
  }
}

function failure(at: Date, code: string, message: string): RunEnd {
  return { status: 'failed', at, result: null, error: { code, message }, stepCount: 0 };
}
