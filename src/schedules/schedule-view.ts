import type { Reach } from '../access/reach.js';
import { codeOf } from '../errors/app-error.js';
import { createRecurrence, nextRuns } from './timing/recurrence.js';
import { jitterOf } from './timing/schedule-plan.js';
import type { ScheduleRunRow } from './schedule-runs.repository.js';
import type { ScheduleRow } from './schedules.repository.js';
import type { Target } from './schedules.tables.js';

const NEXT_SHOWN = 5;

/** A schedule as it is answered. */
export function viewOf(schedule: ScheduleRow, reach: Reach): Record<string, unknown> {
  const { timing, misfire } = schedule;
  return {
    id: schedule.id,
    name: schedule.name,
    cron: timing.kind === 'cron' ? timing.cron : null,
    every: timing.kind === 'every' ? timing.every : null,
    startAt: timing.kind === 'every' ? timing.anchor : null,
    at: timing.kind === 'at' ? timing.at : null,
    timeZone: schedule.timezone,
    timezone: schedule.timezone,
    ...targetView(schedule.target, reach),
    misfire: misfire.policy === 'catch_up' ? { catch_up: misfire.max } : misfire.policy,
    overlap: schedule.overlap,
    jitter: schedule.jitter_seconds,
    paused: schedule.is_paused,
    ofFlow: schedule.flow_id,
    nextRuns: nextOf(schedule),
    lastDueAt: schedule.last_due_at,
    createdAt: schedule.created_at,
    updatedAt: schedule.updated_at,
    createdBy: schedule.created_by,
  };
}

function targetView(target: Target, { seesPayloads }: Reach): Record<string, unknown> {
  if (target.kind === 'flow') return { flow: target.flowId, payload: seesPayloads ? target.payload : null };
  const { integration, operation, params, secretsIn, text } = target;
  if (!seesPayloads) return { integration, operation, params: null };
  return {
    integration,
    operation,
    params,
    ...(secretsIn === undefined ? {} : { secretsIn }),
    ...(text === undefined ? {} : { text }),
  };
}

/** When it fires next, jitter included; nothing while it is paused. */
function nextOf(schedule: ScheduleRow): string[] {
  const { next_due_at: next, next_fire_at: fires, id } = schedule;
  if (schedule.is_paused || next === null || fires === null) return [];
  const recurrence = createRecurrence(schedule.timing, schedule.timezone);
  const dues = nextRuns(recurrence, next.getTime() - 1, NEXT_SHOWN);
  let firesMs = fires.getTime();
  return dues.map((dueMs) => {
    firesMs = Math.max(firesMs, dueMs + jitterOf(id, dueMs, schedule.jitter_seconds * 1000));
    return new Date(firesMs).toISOString();
  });
}

export function runView(run: ScheduleRunRow, { seesPayloads }: Reach): Record<string, unknown> {
  return {
    id: run.id,
    scheduleId: run.schedule_id,
    kind: run.kind,
    status: run.status,
    dueAt: run.due_at,
    startedAt: run.started_at,
    finishedAt: run.finished_at,
    durationMs:
      run.started_at && run.finished_at ? run.finished_at.getTime() - run.started_at.getTime() : null,
    attempts: run.attempt,
    missed: run.missed_count,
    flowRunId: run.flow_run_id,
    actionRunId: run.action_run_id,
    result: seesPayloads ? run.result : null,
    error: seesPayloads ? run.error : codeOf(run.error),
    requestId: run.request_id,
  };
}
