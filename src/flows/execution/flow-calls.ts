import { Inject, Injectable } from '@nestjs/common';
import { SharedClock } from '../../clock/shared-clock.js';
import { FlowCatalog, findFlow } from '../flow-catalog.js';
import { type CalledRun, FlowRunsRepository, type NewRun } from '../runs/flow-runs.repository.js';
import { type FlowsConfig, flowsConfig } from '../flows.config.js';
import type { FlowRow } from '../flows.repository.js';
import { isEnd } from '../flows.tables.js';
import { newRun } from '../runs/new-run.js';
import type { RunFacts } from '../runs/run-facts.js';
import { RunSuspended, StepFailed } from './run-signals.js';
import type { FlowCalls } from './surroundings.js';

/** The end of a called run wakes its caller; should that be missed, the caller looks for itself this often. */
const LOOK_AGAIN_MS = 30_000;

/**
 * A called flow is a run of its own, made in the same statement that puts its caller to sleep. Promises that a step which
 * has started one waits for that one, whatever becomes of the flow and its name.
 */
@Injectable()
export class LiveCalls implements FlowCalls {
  constructor(
    private readonly runs: FlowRunsRepository,
    private readonly catalog: FlowCatalog,
    @Inject(flowsConfig.token) private readonly config: FlowsConfig,
    private readonly clock: SharedClock,
  ) {}

  async call(
    call: { flow: string; input: unknown; path: string; attempt: number },
    run: RunFacts,
  ): Promise<unknown> {
    const { path } = call;
    const key = `call:${run.runId}:${path}:${call.attempt}`;
    const lookAgainAt = new Date(this.clock.nowMs() + LOOK_AGAIN_MS);
    // Before the flow, which may have another name by now, or be gone: a call that was begun stays with its run.
    const called = await this.#find(run.runId, { path, key });
    if (!called) throw new RunSuspended(lookAgainAt, await this.#newRun({ ...call, key }, run));
    if (!isEnd(called.status)) throw new RunSuspended(lookAgainAt);
    if (called.status === 'succeeded') return called.result ?? undefined;
    const reason = called.error ?? { code: called.status, message: `The called run was ${called.status}` };
    throw new StepFailed({ ...reason, path, details: { runId: called.id } });
  }

  /** The run of this attempt, or one of an earlier attempt that is no failure any more: it was retried by itself. */
  async #find(parentId: string, call: { path: string; key: string }): Promise<CalledRun | undefined> {
    const runs = await this.runs.calledBy(parentId, call.path);
    const isOf = (run: CalledRun): boolean => run.trigger_key === call.key;
    return runs.find(isOf) ?? runs.findLast(({ status }) => !isEnd(status) || status === 'succeeded');
  }

  /** A workspace's flow calls flows of that workspace; the operator's calls the operator's, and those of the run's workspace. */
  async #callable(idOrName: string, run: RunFacts): Promise<FlowRow | undefined> {
    const flows = await this.catalog.current();
    const owner = await this.#ownerOf(run.flowId, flows);
    const within = owner === null ? [null, run.workspaceId] : [owner];
    return findFlow(
      flows.filter(({ workspace_id }) => within.includes(workspace_id)),
      idOrName,
    );
  }

  /** Also of a flow that is deleted while it runs. */
  async #ownerOf(flowId: string, flows: readonly FlowRow[]): Promise<string | null> {
    const flow = flows.find(({ id }) => id === flowId);
    return flow ? flow.workspace_id : this.catalog.ownerOf(flowId);
  }

  async #newRun(
    call: { flow: string; input: unknown; path: string; key: string },
    run: RunFacts,
  ): Promise<NewRun> {
    const { path, key } = call;
    const flow = await this.#callable(call.flow, run);
    if (!flow) {
      const message = 'There is no such flow, or more than one of that name';
      throw new StepFailed({ code: 'not_found', message, path });
    }
    if (run.callDepth >= this.config.FLOW_MAX_CALL_DEPTH) {
      const message = `Flows call each other deeper than ${this.config.FLOW_MAX_CALL_DEPTH} levels`;
      throw new StepFailed({ code: 'limit_reached', message, path });
    }
    return newRun({
      flow,
      origin: 'call',
      key,
      input: { event: run.input.event, payload: call.input },
      createdBy: run.createdBy,
      requestId: run.requestId,
      at: this.clock.now(),
      defaultConcurrency: this.config.FLOW_CONCURRENCY_PER_FLOW,
      parent: { ...run, path },
    });
  }
}
