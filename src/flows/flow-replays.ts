import { Injectable } from '@nestjs/common';
import type { Reach } from '../access/reach.js';
import { newId } from '../clock/new-id.js';
import { type Answered, StoredAnswers } from '../idempotency/stored-answers.js';
import { FlowReach } from './flow-reach.js';
import { FlowRunsRepository, type RunRow } from './runs/flow-runs.repository.js';
import { summaryOf } from './flow-runs.service.js';
import { FlowStarter, type StartableFlow } from './start/flow-starter.js';
import { FlowNotFoundError, FlowRunNotFoundError } from './flows.errors.js';
import { FlowsRepository } from './flows.repository.js';

interface ReplayRequest {
  version: 'current' | 'same';
  /** One replay per key: the caller may ask again when it did not get the answer. */
  key: string | undefined;
  by: string;
  reach: Reach;
  requestId: string;
}

/** New runs with the input of earlier ones, of the flow as it is now, or as it was then even if it is deleted by now. */
@Injectable()
export class FlowReplays {
  constructor(
    private readonly runs: FlowRunsRepository,
    private readonly flows: FlowsRepository,
    private readonly starter: FlowStarter,
    private readonly answers: StoredAnswers,
    private readonly reaches: FlowReach,
  ) {}

  async replay(id: string, { version, key, by, reach, requestId }: ReplayRequest): Promise<Answered> {
    const answered = await this.answers.once({ key, request: ['replay flow run', id, version] }, async () => {
      const run = await this.runs.findWithin(id, reach);
      if (!run) throw new FlowRunNotFoundError();
      const flow = await this.#versionFor(run, version, reach);
      await this.reaches.demandSteps(reach, flow.definition);
      return async (transaction) => {
        const request = { origin: 'replay', key: `replay:${newId()}`, replayOf: id } as const;
        const start = { ...request, flowId: flow.id, input: run.input, createdBy: by, requestId };
        const [started] = await this.starter.startAll([start], transaction, [flow]);
        const row = started === undefined ? undefined : await this.runs.find(started, transaction);
        if (!row) throw new FlowNotFoundError();
        return summaryOf(row, reach);
      };
    });
    this.starter.nudge();
    return answered;
  }

  async #versionFor(run: RunRow, wanted: ReplayRequest['version'], reach: Reach): Promise<StartableFlow> {
    if (wanted === 'current') {
      const flow = await this.flows.find(run.flow_id, reach);
      if (!flow) throw new FlowNotFoundError();
      return flow;
    }
    const saved = await this.flows.version(run.flow_id, run.flow_version, reach);
    if (!saved) throw new FlowNotFoundError();
    return { id: run.flow_id, version: run.flow_version, definition: saved.definition };
  }
}
