import { Injectable } from '@nestjs/common';
import type { Transaction } from 'kysely';
import { SharedClock } from '../../clock/shared-clock.js';
import { FlowStarter } from '../../flows/start/flow-starter.js';
import { JobQueue } from '../../queue/job-queue.js';
import type { Tables } from '../../storage/database.js';
import { WorkBell } from '../../storage/work-bell.js';
import { type NewScheduleRun, ScheduleRunsRepository } from '../schedule-runs.repository.js';
import type { Target } from '../schedules.tables.js';

export const SCHEDULE_QUEUE = 'schedule-runs';

export interface ScheduleJob {
  runIds: string[];
}

/** Runs per job: fetching and settling a job costs the same for one as for many. */
const RUNS_PER_JOB = 20;

type Sendable = Pick<NewScheduleRun, 'id' | 'schedule_id' | 'due_at' | 'request_id'> & {
  target: Target;
  attempt?: number;
};

/** Sends runs to where they are carried out, in the transaction that made it their turn: actions to workers, flows to runs. */
@Injectable()
export class ScheduleDispatch {
  constructor(
    private readonly queue: JobQueue,
    private readonly starter: FlowStarter,
    private readonly runs: ScheduleRunsRepository,
    private readonly clock: SharedClock,
    private readonly bell: WorkBell,
  ) {
    queue.define(SCHEDULE_QUEUE, {
      retryLimit: 20,
      retryDelaySeconds: 1,
      retryDelayMaxSeconds: 60,
      timeoutSeconds: 600,
    });
  }

  /** What has to be known before a transaction is open: it must not await the pool while it is. */
  prepare(): ReturnType<FlowStarter['flows']> {
    return this.starter.flows();
  }

  async send(
    runs: readonly Sendable[],
    transaction: Transaction<Tables>,
    flows: Awaited<ReturnType<FlowStarter['flows']>>,
  ): Promise<void> {
    const actions = runs.filter((run) => run.target.kind === 'action').map((run) => run.id);
    const jobs: ScheduleJob[] = [];
    for (let i = 0; i < actions.length; i += RUNS_PER_JOB)
      jobs.push({ runIds: actions.slice(i, i + RUNS_PER_JOB) });
    if (jobs.length > 0) await this.queue.enqueue(SCHEDULE_QUEUE, jobs, { transaction });
    await this.#startFlows(runs, transaction, flows);
  }

  /** Once the transaction has committed: somebody may begin at once. */
  told(): void {
    this.starter.nudge();
  }

  /** Once a schedule was made or changed: it may be due before anybody would look. */
  planned(): void {
    this.bell.ring('schedules');
  }

  async #startFlows(
    runs: readonly Sendable[],
    transaction: Transaction<Tables>,
    flows: Awaited<ReturnType<FlowStarter['flows']>>,
  ): Promise<void> {
    const starts = runs.flatMap((run) => (run.target.kind === 'flow' ? [{ run, target: run.target }] : []));
    if (starts.length === 0) return;
    const ids = await this.starter.startAll(
      starts.map(({ run, target }) => ({
        flowId: target.flowId,
        origin: 'schedule' as const,
        key: `schedule:${run.id}`,
        input: { event: null, payload: payloadOf(target.payload, run) },
        createdBy: `schedule ${run.schedule_id}`,
        requestId: run.request_id,
      })),
      transaction,
      flows,
    );
    const now = this.clock.now();
    const started = starts.flatMap(({ run }, index) => {
      const flowRunId = ids[index];
      return flowRunId === undefined ? [] : [{ id: run.id, flow_run_id: flowRunId, started_at: now }];
    });
    await this.runs.setFlowRuns(started, transaction);
    const gone = starts.filter((_start, index) => ids[index] === undefined).map(({ run }) => run);
    const error = { code: 'not_found', message: 'There is no such flow any more' };
    if (gone.length === 0) return;
    await this.runs.finish(
      gone.map(({ id, attempt = 0 }) => ({
        id,
        attempt,
        status: 'failed',
        finished_at: now,
        action_run_id: null,
        result: null,
        error,
      })),
      transaction,
    );
  }
}

/** The flow sees what it was given, and for which time it runs. */
function payloadOf(payload: unknown, run: Sendable): unknown {
  const schedule = { id: run.schedule_id, dueAt: run.due_at };
  if (payload === null || payload === undefined) return { schedule };
  return typeof payload === 'object' && !Array.isArray(payload) ? { schedule, ...payload } : payload;
}
