import { Inject, Injectable } from '@nestjs/common';
import { ActionRunner } from '../../actions/action-runner.js';
import { secretsOf } from '../../actions/secrets-in.js';
import { SharedClock } from '../../clock/shared-clock.js';
import { AppError } from '../../errors/app-error.js';
import { runAs } from '../../observability/request-log.js';
import { type TracedWork, traceWork } from '../../observability/tracer.js';
import { type Job, JobQueue } from '../../queue/job-queue.js';
import { isUnavailable } from '../../storage/storage.errors.js';
import { SCHEDULE_QUEUE, type ScheduleJob } from './schedule-dispatch.js';
import { ScheduleOutcomes } from './schedule-outcomes.js';
import { type RunOutcome, type ScheduleRunRow, ScheduleRunsRepository } from '../schedule-runs.repository.js';
import { type SchedulesConfig, schedulesConfig } from '../schedules.config.js';
import type { ScheduleRunError, Target } from '../schedules.tables.js';

const RESULT_MAX_CHARS = 65_536;

/** Carries out due actions. Promises that a job that comes again does not repeat an effect: the run's id is its key. */
@Injectable()
export class ScheduleWorker {
  constructor(
    queue: JobQueue,
    private readonly runs: ScheduleRunsRepository,
    private readonly outcomes: ScheduleOutcomes,
    private readonly runner: ActionRunner,
    private readonly clock: SharedClock,
    @Inject(schedulesConfig.token) config: SchedulesConfig,
  ) {
    queue.work<ScheduleJob>(SCHEDULE_QUEUE, { concurrency: config.SCHEDULE_CONCURRENCY }, (job) =>
      this.#work(job),
    );
  }

  async #work(job: Job<ScheduleJob>): Promise<void> {
    const runs = await this.runs.begin(job.data.runIds, this.clock.now());
    const done = await Promise.allSettled(runs.map((run) => this.#runOne(run, job.signal)));
    const failed = done.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason; // The database was away: the job comes again, and with it those that are not over.
  }

  async #runOne(run: ScheduleRunRow, signal: AbortSignal): Promise<void> {
    const context = { requestId: run.request_id, clientAddress: 'schedule' };
    const outcome = await runAs(context, () =>
      traceWork(
        () => tracedRun(run),
        () => this.#carryOut(run, signal),
      ),
    );
    await this.outcomes.recordOne(outcome);
  }

  async #carryOut(run: ScheduleRunRow, signal: AbortSignal): Promise<RunOutcome> {
    try {
      const answer = await this.runner.run(actionOf(run.target), {
        requestId: run.request_id,
        priority: 'background',
        signal,
        caller: { name: 'schedule', keyId: `schedule:${run.schedule_id}` },
        idempotencyKey: `schedule:${run.id}`,
      });
      return this.#outcome(run, { action_run_id: answer.runId, result: kept(answer.result) });
    } catch (error) {
      if (isUnavailable(error)) throw error;
      return this.#outcome(run, { error: shown(error) });
    }
  }

  #outcome(run: ScheduleRunRow, how: Partial<RunOutcome>): RunOutcome {
    return {
      id: run.id,
      attempt: run.attempt,
      status: how.error ? 'failed' : 'succeeded',
      finished_at: this.clock.now(),
      action_run_id: null,
      result: null,
      error: null,
      ...how,
    };
  }
}

/** A due time has no request; a run by hand has that of whoever asked for it. */
function tracedRun(run: ScheduleRunRow): TracedWork {
  const attributes = {
    'clankerbot.request_id': run.request_id,
    'clankerbot.schedule_id': run.schedule_id,
    'clankerbot.schedule_run_id': run.id,
    'clankerbot.due_at': run.due_at.toISOString(),
  };
  return { name: 'schedule run', attributes, ...(run.kind === 'manual' ? { causedBy: run.request_id } : {}) };
}

function actionOf(target: Target) {
  if (target.kind !== 'action') throw new Error('unreachable: flows are not sent to workers');
  const { integration, operation, params, secretsIn } = target;
  return { integration, operation, params, ...secretsOf(params, secretsIn) };
}

function kept(result: unknown): unknown {
  const isLarge = (JSON.stringify(result) ?? '').length > RESULT_MAX_CHARS;
  return isLarge
    ? { note: 'The result is too large to keep here; the journal of actions has its beginning' }
    : result;
}

function shown(error: unknown): ScheduleRunError {
  if (!(error instanceof AppError)) {
    return {
      code: 'internal_error',
      message: 'Something went wrong here; the log has more under the request id',
    };
  }
  const { code, message, details } = error;
  return { code, message, ...(details === undefined ? {} : { details }) };
}
