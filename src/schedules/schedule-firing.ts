import { Inject, Injectable } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { Clock } from '../clock/clock.js';
import { newId } from '../clock/new-id.js';
import { createRecurrence } from './recurrence.js';
import { ScheduleDispatch } from './schedule-dispatch.js';
import { type DueRun, jitterOf, type Plan, planDue } from './schedule-plan.js';
import { ScheduleMetrics } from './schedule-metrics.js';
import { ScheduleOutcomes } from './schedule-outcomes.js';
import {
  type EndedFlow,
  type NewScheduleRun,
  type RunOutcome,
  ScheduleRunsRepository,
} from './schedule-runs.repository.js';
import { type SchedulesConfig, schedulesConfig } from './schedules.config.js';
import { type Advance, type ScheduleRow, SchedulesRepository } from './schedules.repository.js';

const BATCH = 500;

/** The tables that firing touches. */
@Injectable()
export class ScheduleTables {
  constructor(
    readonly schedules: SchedulesRepository,
    readonly runs: ScheduleRunsRepository,
    readonly dispatch: ScheduleDispatch,
    readonly outcomes: ScheduleOutcomes,
  ) {}
}

/**
 * Turns due schedules into runs. Promises that over all replicas a due time makes one run: the schedule is claimed, moved
 * on, and its run made and sent on its way, in one transaction.
 */
@Injectable()
export class ScheduleFiring {
  constructor(
    private readonly tables: ScheduleTables,
    @Inject(schedulesConfig.token) private readonly config: SchedulesConfig,
    private readonly metrics: ScheduleMetrics,
    @InjectPinoLogger('schedules') private readonly log: PinoLogger,
    private readonly clock: Clock,
  ) {}

  /** Answers whether there may be more. */
  async fireSome(): Promise<boolean> {
    const { schedules, dispatch } = this.tables;
    const now = this.clock.now();
    if (!(await schedules.hasDue(now))) return false;
    const flows = await dispatch.prepare();
    const fired = await schedules.transaction(async (transaction) => {
      const due = await schedules.claimDue(now, BATCH, transaction);
      if (due.length === 0) return { count: 0, runs: [] };
      const planned = due.map((schedule) => ({ schedule, plan: this.#plan(schedule, now) }));
      await schedules.advance(planned.map(advanceOf), transaction);
      const ids = due.filter((schedule) => schedule.overlap !== 'parallel').map((schedule) => schedule.id);
      const busy = await this.tables.runs.busy(ids, transaction);
      const runs = planned.flatMap(({ schedule, plan }) =>
        runsOf(schedule, plan.runs, { isBusy: busy.has(schedule.id), now }),
      );
      const made = await this.tables.runs.insert(runs, transaction);
      const sent = runs.filter((run) => run.status === 'queued' && made.has(run.id));
      await dispatch.send(sent, transaction, flows);
      return { count: due.length, runs };
    });
    dispatch.told();
    for (const run of fired.runs) this.metrics.fired(run.kind, now.getTime() - run.due_at.getTime());
    return fired.count === BATCH;
  }

  /** Ends the runs whose flow run has ended. */
  async settleFlows(): Promise<void> {
    const ended = await this.tables.runs.endedFlows(BATCH);
    if (ended.length === 0) return;
    await this.tables.outcomes.record(ended.map((flow) => outcomeOf(flow, this.clock.now())));
  }

  #plan(schedule: ScheduleRow, now: Date): Plan {
    const jitterMaxMs = schedule.jitter_seconds * 1000;
    try {
      return planDue({
        nextDueMs: schedule.next_due_at?.getTime() ?? now.getTime(),
        nextFireMs: schedule.next_fire_at?.getTime() ?? now.getTime(),
        nowMs: now.getTime(),
        graceMs: this.config.SCHEDULE_MISFIRE_GRACE_SECONDS * 1000,
        recurrence: createRecurrence(schedule.timing, schedule.timezone),
        misfire: schedule.misfire,
        jitterMaxMs,
        jitterMs: (dueMs) => jitterOf(schedule.id, dueMs, jitterMaxMs),
      });
    } catch (err) {
      // A zone that this runtime's data no longer has. The others must not wait for somebody to mend it.
      this.log.error({ err, schedule: schedule.id }, 'A schedule cannot be read any more and is stopped');
      return { runs: [], nextDueMs: undefined, nextFireMs: 0 };
    }
  }
}

function outcomeOf({ id, status, error, finished_at }: EndedFlow, now: Date): RunOutcome {
  const isDone = status === 'succeeded';
  const reason = error ?? { code: status, message: `The flow run was ${status}` };
  return {
    id,
    status: isDone ? 'succeeded' : 'failed',
    finished_at: finished_at ?? now,
    action_run_id: null,
    result: null,
    error: isDone ? null : reason,
  };
}

function advanceOf({ schedule, plan }: { schedule: ScheduleRow; plan: Plan }): Advance {
  const { nextDueMs, nextFireMs } = plan;
  const last = plan.runs.at(-1);
  return {
    id: schedule.id,
    next_due_at: nextDueMs === undefined ? null : new Date(nextDueMs),
    next_fire_at: nextDueMs === undefined ? null : new Date(nextFireMs),
    last_due_at: last ? new Date(last.dueMs) : null,
  };
}

/** Runs in the order of their due times; who may not overlap waits for the one before, or is left out. */
function runsOf(
  schedule: ScheduleRow,
  due: readonly DueRun[],
  { isBusy, now }: { isBusy: boolean; now: Date },
): NewScheduleRun[] {
  let isTaken = isBusy;
  return due.map(({ dueMs, kind, missedCount }) => {
    const isLeftOut = kind === 'missed' || (isTaken && schedule.overlap === 'skip');
    const status = isLeftOut ? 'skipped' : isTaken && schedule.overlap === 'queue' ? 'waiting' : 'queued';
    if (!isLeftOut) isTaken = true;
    return {
      id: newId(),
      schedule_id: schedule.id,
      kind,
      due_at: new Date(dueMs),
      status,
      target: schedule.target,
      request_id: newId(),
      created_at: now,
      started_at: null,
      finished_at: isLeftOut ? now : null,
      missed_count: missedCount,
      flow_run_id: null,
    };
  });
}
