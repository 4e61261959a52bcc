import { Inject, Injectable } from '@nestjs/common';
import type { Transaction } from 'kysely';
import { SharedClock } from '../../clock/shared-clock.js';
import type { Tables } from '../../storage/database.js';
import { FlowCatalog } from '../flow-catalog.js';
import { FlowRunner } from '../execution/flow-runner.js';
import { FlowRunsRepository, type RunRow } from '../runs/flow-runs.repository.js';
import { type FlowsConfig, flowsConfig } from '../flows.config.js';
import { FlowNotFoundError } from '../flows.errors.js';
import type { FlowRow } from '../flows.repository.js';
import type { RunInput, RunOrigin } from '../flows.tables.js';
import { newRun } from '../runs/new-run.js';

export interface StartRequest {
  origin: RunOrigin;
  /** One run of the flow per key. */
  key: string;
  input: RunInput;
  createdBy: string;
  requestId: string;
  replayOf?: string;
}

export type StartableFlow = Pick<FlowRow, 'id' | 'version' | 'definition'> &
  Partial<Pick<FlowRow, 'workspace_id'>>;

/** Starts runs for whoever is not an event: people, schedules, replays. */
@Injectable()
export class FlowStarter {
  constructor(
    private readonly catalog: FlowCatalog,
    private readonly runs: FlowRunsRepository,
    private readonly runner: FlowRunner,
    @Inject(flowsConfig.token) private readonly config: FlowsConfig,
    private readonly clock: SharedClock,
  ) {}

  find(idOrName: string): Promise<FlowRow | undefined> {
    return this.catalog.find(idOrName);
  }

  /** Promises the run of this key: a new one, or the one that an earlier call made. */
  async startOne(
    flow: StartableFlow,
    request: StartRequest,
    transaction: Transaction<Tables>,
  ): Promise<RunRow> {
    await this.runs.insert([this.#runOf(flow, request)], transaction);
    const run = await this.runs.findByKey(flow.id, request.key, transaction);
    if (!run) throw new FlowNotFoundError();
    return run;
  }

  findByKey(flowId: string, key: string, transaction: Transaction<Tables>): Promise<RunRow | undefined> {
    return this.runs.findByKey(flowId, key, transaction);
  }

  /** Starts several in the caller's transaction; answers each run's id, undefined where the flow is gone. */
  async startAll(
    requests: readonly (StartRequest & { flowId: string })[],
    transaction: Transaction<Tables>,
    flows: readonly StartableFlow[],
  ): Promise<(string | undefined)[]> {
    const runs = requests.map((request) => {
      const flow = flows.find((candidate) => candidate.id === request.flowId);
      return flow ? this.#runOf(flow, request) : undefined;
    });
    await this.runs.insert(
      runs.filter((run) => run !== undefined),
      transaction,
    );
    return runs.map((run) => run?.id);
  }

  flows(): Promise<readonly FlowRow[]> {
    return this.catalog.current();
  }

  nudge(): void {
    this.runner.nudge();
  }

  #runOf(flow: StartableFlow, request: StartRequest) {
    return newRun({
      ...request,
      flow,
      at: this.clock.now(),
      defaultConcurrency: this.config.FLOW_CONCURRENCY_PER_FLOW,
    });
  }
}
