import type { ColumnType, Generated } from 'kysely';
import type { Timing } from './timing/recurrence.js';
import type { Misfire } from './timing/schedule-plan.js';
import type { Overlap } from './timing/schedule-reader.js';

/** What a schedule does when it is due. */
export type Target =
  | {
      kind: 'action';
      integration: string;
      operation: string;
      params: Record<string, unknown>;
      /** Of the params, those in which `{{ secrets.name }}` stands for that secret. */
      secretsIn?: readonly string[];
      text?: string;
    }
  | { kind: 'flow'; flowId: string; payload: unknown };

type Json<T> = ColumnType<T, string, string>;
type NullableJson<T> = ColumnType<T | null, string | null, string | null>;

interface SchedulesTable {
  id: string;
  name: string | null;
  timing: Json<Timing>;
  timezone: string;
  target: Json<Target>;
  misfire: Json<Misfire>;
  overlap: Overlap;
  jitter_seconds: number;
  is_paused: boolean;
  flow_id: string | null;
  next_due_at: Date | null;
  next_fire_at: Date | null;
  last_due_at: Date | null;
  /** When the next time was worked out; null where the release before this one did. */
  planned_at: Date | null;
  /** Whose it is: made in the work of a workspace. */
  workspace_id: Generated<string | null>;
  created_by: string;
  created_at: Date;
  updated_at: Date;
}

/** `waiting` for the run before it; `queued` for a worker. */
export const SCHEDULE_RUN_STATUSES = [
  'waiting',
  'queued',
  'running',
  'succeeded',
  'failed',
  'skipped',
] as const;
export type ScheduleRunStatus = (typeof SCHEDULE_RUN_STATUSES)[number];

export const SCHEDULE_RUN_KINDS = ['due', 'coalesced', 'caught_up', 'missed', 'manual'] as const;
export type ScheduleRunKind = (typeof SCHEDULE_RUN_KINDS)[number];

export interface ScheduleRunError {
  code: string;
  message: string;
  details?: unknown;
}

interface ScheduleRunsTable {
  id: string;
  schedule_id: string;
  kind: ScheduleRunKind;
  due_at: Date;
  status: ScheduleRunStatus;
  target: Json<Target>;
  attempt: number;
  request_id: string;
  created_at: Date;
  started_at: Date | null;
  finished_at: Date | null;
  missed_count: number;
  flow_run_id: string | null;
  action_run_id: string | null;
  result: NullableJson<unknown>;
  error: NullableJson<ScheduleRunError>;
}

declare module '../storage/database.js' {
  interface Tables {
    schedules: SchedulesTable;
    schedule_runs: ScheduleRunsTable;
  }
}
