import { Injectable } from '@nestjs/common';
import { Reach } from '../access/reach.js';
import { type Page, pageById, type PageRequest } from '../paging/page.js';
import { SharedClock } from '../clock/shared-clock.js';
import { codeOf } from '../errors/app-error.js';
import { FlowReach } from './flow-reach.js';
import {
  FlowRunsRepository,
  type RunFilter,
  type RunRow,
  type StepRow,
} from './runs/flow-runs.repository.js';
import { FlowStarter } from './start/flow-starter.js';
import {
  CONDITION_ERROR,
  FLOW_PAUSED,
  FlowConflictError,
  FlowNotFoundError,
  FlowRunNotFoundError,
  STOPPED,
} from './flows.errors.js';
import { isEnd, type RunError } from './flows.tables.js';
import { FlowsRepository } from './flows.repository.js';

type ListedRun = Omit<RunRow, 'input' | 'result'>;

@Injectable()
export class FlowRunsService {
  constructor(
    private readonly runs: FlowRunsRepository,
    private readonly flows: FlowsRepository,
    private readonly starter: FlowStarter,
    private readonly reaches: FlowReach,
    private readonly clock: SharedClock,
  ) {}

  async list({ cursor, limit, ...rest }: Omit<RunFilter, 'beforeId'> & PageRequest): Promise<Page<object>> {
    const rows = await this.runs.list({ ...rest, limit: limit + 1, beforeId: cursor });
    return pageById(rows, { limit, view: (run) => summaryOf(run, rest.reach) });
  }

  /** The runs of a flow that is there, or was: what a deleted flow did stays to be looked at. */
  async listOf(flowId: string, page: Pick<RunFilter, 'status' | 'reach'> & PageRequest) {
    const runs = await this.list({ ...page, flowId });
    if (runs.items.length === 0 && !(await this.flows.wasEver(flowId, page.reach)))
      throw new FlowNotFoundError();
    return runs;
  }

  async get(id: string, reach: Reach): Promise<object> {
    const run = await this.#find(id, reach);
    const steps = await this.runs.steps(id);
    const { seesPayloads } = reach;
    return {
      ...summaryOf(run, reach),
      input: seesPayloads ? run.input : null,
      result: seesPayloads ? run.result : null,
      steps: steps.map((step) => stepView(step, reach)),
    };
  }

  async cancel(id: string, reach: Reach): Promise<object> {
    const run = await this.#find(id, reach);
    if (isEnd(run.status)) throw new FlowConflictError(`The run is over: ${run.status}`);
    await this.runs.cancel(id, this.clock.now());
    this.starter.nudge(); // Its caller goes on.
    return summaryOf(await this.#find(id, reach), reach);
  }

  async retry(id: string, reach: Reach): Promise<object> {
    const run = await this.#find(id, reach);
    await this.#demandSteps(run, reach);
    if ([CONDITION_ERROR, FLOW_PAUSED].includes(run.error?.code ?? ''))
      throw new FlowConflictError(undecided(run));
    if (await this.#hasStopped(run)) throw new FlowConflictError(stoppedItself(run));
    const isAgain = await this.runs.retry(id, run.error?.path, this.clock.now());
    if (!isAgain)
      throw new FlowConflictError(`Only a run that failed can be retried; this one is ${run.status}`);
    this.starter.nudge();
    return summaryOf(await this.#find(id, reach), reach);
  }

  /** By a stop of its own: one in a flow that it called is that flow's end, and may be passed another time. */
  async #hasStopped({ id, error }: RunRow): Promise<boolean> {
    if (error?.code !== STOPPED || error.path === undefined) return false;
    return (await this.runs.kindOfStep(id, error.path)) === 'stop';
  }

  /** A retry carries out the version that the run began with. */
  async #demandSteps(run: RunRow, reach: Reach): Promise<void> {
    if (reach.anyBound === undefined) return;
    const version = await this.flows.version(run.flow_id, run.flow_version, reach);
    if (!version) throw new FlowRunNotFoundError();
    await this.reaches.demandSteps(reach, version.definition);
  }

  async #find(id: string, reach: Reach): Promise<RunRow> {
    const run = await this.runs.findWithin(id, reach);
    if (!run) throw new FlowRunNotFoundError();
    return run;
  }
}

export function summaryOf(run: ListedRun, reach: Reach): Record<string, unknown> {
  return {
    id: run.id,
    flowId: run.flow_id,
    flowVersion: run.flow_version,
    status: run.status,
    origin: run.origin,
    eventId: run.event_id,
    replayOf: run.replay_of,
    parentRunId: run.parent_run_id,
    workspaceId: run.workspace_id,
    createdAt: run.created_at,
    startedAt: run.started_at,
    finishedAt: run.finished_at,
    durationMs: durationOf(run.started_at, run.finished_at),
    waitsUntil: run.status === 'waiting' ? run.ready_at : null,
    stepCount: run.step_count,
    takenOver: run.rescues,
    isCancelRequested: run.is_cancel_requested,
    error: errorFor(reach, run.error),
    createdBy: run.created_by,
    requestId: run.request_id,
  };
}

/** Going on would pass over the conditions; a replay of the event asks them again. */
function undecided(run: RunRow): string {
  return `Its conditions were not evaluated, so it has no step to go on at. Mend them, then POST /events/${run.event_id}/replay`;
}

/** Its conditions were read, and this is what the flow wants then: to go on would be to pass the stop by. */
function stoppedItself(run: RunRow): string {
  return `The flow stopped itself at ${run.error?.path}, so there is nothing to go on with. POST /flow-runs/${run.id}/replay begins anew`;
}

/** Where it failed and with which code; the message can quote what was said. */
function errorFor({ seesPayloads }: Reach, error: RunError | null): object | null {
  if (seesPayloads || error === null) return error;
  return { ...codeOf(error), ...(error.path === undefined ? {} : { path: error.path }) };
}

function stepView(step: StepRow, reach: Reach): object {
  const { seesPayloads } = reach;
  return {
    path: step.path,
    id: step.step_id,
    kind: step.kind,
    status: step.status,
    attempts: step.attempt,
    input: seesPayloads ? step.input : null,
    output: seesPayloads ? step.output : null,
    error: errorFor(reach, step.error),
    startedAt: step.started_at,
    finishedAt: step.finished_at,
    durationMs: durationOf(step.started_at, step.finished_at),
    wakesAt: step.wake_at,
    actionRunId: step.action_run_id,
  };
}

function durationOf(from: Date | null, to: Date | null): number | null {
  return from && to ? to.getTime() - from.getTime() : null;
}
