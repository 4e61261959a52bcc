import { Inject, Injectable } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { SharedClock } from '../../clock/shared-clock.js';
import { newId } from '../../clock/new-id.js';
import { createRecurrence } from '../timing/recurrence.js';
import { ScheduleDispatch } from './schedule-dispatch.js';
import { type DueRun, jitterOf, type Plan, planDue } from '../timing/schedule-plan.js';
import { ScheduleMetrics } from './schedule-metrics.js';
import { ScheduleOutcomes } from './schedule-outcomes.js';
import {
  type EndedFlow,
  type NewScheduleRun,
  type OpenRuns,
  type RunOutcome,
  ScheduleRunsRepository,
} from '../schedule-runs.repository.js';
import { type SchedulesConfig, schedulesConfig } from '../schedules.config.js';
import { type Advance, type ScheduleRow, SchedulesRepository } from '../schedules.repository.js';
import type { ScheduleRunError } from '../schedules.tables.js';

const BATCH = 500;
const LOOK_AGAIN_MS = 100;

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
    private readonly clock: SharedClock,
  ) {}

  /** Fires what is due; answers in how many milliseconds the next is. */
  async fireDue(stopping: AbortSignal): Promise<number> {
    const { schedules } = this.tables;
    while (!stopping.aborted) {
      const next = await schedules.nextFire();
      const dueInMs = next ? next.getTime() - this.clock.nowMs() : Infinity;
      if (dueInMs > 0) return dueInMs;
      // Others may be at it: what they hold is passed by, and theirs.
      if (!(await this.#fireSome())) return LOOK_AGAIN_MS;
    }
    return 0;
  }

  /** Returns whether there was something. */
  async #fireSome(): Promise<boolean> {
    const { schedules, dispatch } = this.tables;
    const now = this.clock.now();
    const flows = await dispatch.prepare();
    const fired = await schedules.transaction(async (transaction) => {
      const due = await schedules.claimDue(now, BATCH, transaction);
      if (due.length === 0) return { count: 0, runs: [] };
      const planned = due.map((schedule) => ({ schedule, plan: this.#plan(schedule, now) }));
      await schedules.advance(planned.map(advanceOf), now, transaction);
      const ids = due.filter((schedule) => schedule.overlap !== 'parallel').map((schedule) => schedule.id);
      const open = await this.tables.runs.open(ids, transaction);
      const waitingMax = this.config.SCHEDULE_OVERLAP_MAX;
      const runs = planned.flatMap(({ schedule, plan }) =>
        runsOf(schedule, plan.runs, { open: open.get(schedule.id), waitingMax, now }),
      );
      const made = await this.tables.runs.insert(runs, transaction);
      const sent = runs.filter((run) => run.status === 'queued' && made.has(run.id));
      await dispatch.send(sent, transaction, flows);
      return { count: due.length, runs: runs.filter((run) => made.has(run.id)) };
    });
    dispatch.told();
    for (const run of fired.runs) this.metrics.fired(run.kind, now.getTime() - run.due_at.getTime());
    return fired.count > 0;
  }

  /**
   * After the clock was set back: schedules whose next time was worked out in a future that did not come. Times that have
   * had their run meanwhile do not have it again. Returns how many.
   */
  async mendTimes(): Promise<number> {
    const { schedules } = this.tables;
    const now = this.clock.now();
    for (let mended = 0; ;) {
      const batch = await schedules.transaction(async (transaction) => {
        const ahead = await schedules.claimPlannedAfter(now, BATCH, transaction);
        await schedules.advance(
          ahead.map((schedule) => this.#nextAgain(schedule, now)),
          now,
          transaction,
        );
        return ahead.length;
      });
      mended += batch;
      if (batch < BATCH) return mended;
    }
  }

  #nextAgain(schedule: ScheduleRow, now: Date): Advance {
    const { id, next_due_at, next_fire_at } = schedule;
    const nextDueMs = this.#nextOf(schedule, now.getTime());
    const isSooner = nextDueMs !== undefined && next_due_at !== null && nextDueMs < next_due_at.getTime();
    if (!isSooner) return { id, next_due_at, next_fire_at, last_due_at: null };
    const firesMs = nextDueMs + jitterOf(id, nextDueMs, schedule.jitter_seconds * 1000);
    return { id, next_due_at: new Date(nextDueMs), next_fire_at: new Date(firesMs), last_due_at: null };
  }

  #nextOf(schedule: ScheduleRow, afterMs: number): number | undefined {
    try {
      return createRecurrence(schedule.timing, schedule.timezone).next(afterMs);
    } catch {
      return undefined; // When it is due, it is said that it cannot be read.
    }
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

function outcomeOf({ id, attempt, status, error, finished_at }: EndedFlow, now: Date): RunOutcome {
  const isDone = status === 'succeeded';
  const reason = error ?? { code: status, message: `The flow run was ${status}` };
  return {
    id,
    attempt,
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
  { open = NONE_OPEN, waitingMax, now }: { open: OpenRuns | undefined; waitingMax: number; now: Date },
): NewScheduleRun[] {
  let { isBusy, waiting } = open;
  return due.map(({ dueMs, kind, missedCount }) => {
    const waits = isBusy && schedule.overlap === 'queue' && kind !== 'missed';
    const isTooMany = waits && waiting >= waitingMax;
    const isLeftOut = kind === 'missed' || (isBusy && schedule.overlap === 'skip') || isTooMany;
    if (!isLeftOut) isBusy = true;
    if (waits && !isTooMany) waiting++;
    return {
      id: newId(),
      schedule_id: schedule.id,
      kind,
      due_at: new Date(dueMs),
      status: isLeftOut ? 'skipped' : waits ? 'waiting' : 'queued',
      target: schedule.target,
      request_id: newId(),
      created_at: now,
      started_at: null,
      finished_at: isLeftOut ? now : null,
      missed_count: missedCount,
      flow_run_id: null,
      error: isTooMany ? tooMany(waitingMax) : null,
    };
  });
}

const NONE_OPEN: OpenRuns = { isBusy: false, waiting: 0 };

function tooMany(waitingMax: number): ScheduleRunError {
  return {
    code: 'limit_reached',
    message: `${waitingMax} runs of this schedule wait for their turn already`,
  };
}
