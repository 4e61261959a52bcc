import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { FlowCatalog } from './flow-catalog.js';
import { FlowRunsRepository } from './flow-runs.repository.js';
import { type FlowsConfig, flowsConfig } from './flows.config.js';
import { isEnd } from './flows.tables.js';
import { newRun } from './new-run.js';
import type { RunFacts } from './run-facts.js';
import { RunSuspended, StepFailed } from './run-signals.js';
import type { FlowCalls } from './surroundings.js';

/** The end of a called run wakes its caller; should that be missed, the caller looks for itself this often. */
const LOOK_AGAIN_MS = 30_000;

/** A called flow is a run of its own, made in the same statement that puts its caller to sleep. */
@Injectable()
export class LiveCalls implements FlowCalls {
  constructor(
    private readonly runs: FlowRunsRepository,
    private readonly catalog: FlowCatalog,
    @Inject(flowsConfig.token) private readonly config: FlowsConfig,
    private readonly clock: Clock,
  ) {}

  async call(
    call: { flow: string; input: unknown; path: string; attempt: number },
    run: RunFacts,
  ): Promise<unknown> {
    const { path } = call;
    const flow = await this.catalog.find(call.flow);
    if (!flow) {
      const message = 'There is no such flow, or more than one of that name';
      throw new StepFailed({ code: 'not_found', message, path });
    }
    const key = `call:${run.runId}:${path}:${call.attempt}`;
    const called = await this.runs.findByKey(flow.id, key);
    const lookAgainAt = new Date(this.clock.nowMs() + LOOK_AGAIN_MS);
    if (!called) {
      if (run.callDepth >= this.config.FLOW_MAX_CALL_DEPTH) {
        const message = `Flows call each other deeper than ${this.config.FLOW_MAX_CALL_DEPTH} levels`;
        throw new StepFailed({ code: 'limit_reached', message, path });
      }
      const child = newRun({
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
      throw new RunSuspended(lookAgainAt, { child });
    }
    if (!isEnd(called.status)) throw new RunSuspended(lookAgainAt);
    if (called.status === 'succeeded') return called.result ?? undefined;
    const reason = called.error ?? { code: called.status, message: `The called run was ${called.status}` };
    throw new StepFailed({ ...reason, path, details: { runId: called.id } });
  }
}
