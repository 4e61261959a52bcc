import type { SecretPlace } from '../secrets/secret-place.js';
import type { ColumnType, Generated } from 'kysely';
import type { FlowDefinition, StepKind } from './document/flow-definition.js';

/** Written as JSON text, because the driver would turn a list into a Postgres array; read as the value. */
type Json<T> = ColumnType<T, string, string>;
type NullableJson<T> = ColumnType<T | null, string | null, string | null>;

interface FlowsTable {
  id: string;
  name: string;
  enabled: boolean;
  version: number;
  created_by: string;
  created_at: Date;
  updated_at: Date;
  deleted_at: Date | null;
  /** The service itself keeps events from starting it; saving it ends that. */
  paused_at: Generated<Date | null>;
  pause_reason: Generated<string | null>;
  /** Whose it is: made in the work of a workspace. Null: the operator's, for every workspace. */
  workspace_id: Generated<string | null>;
}

interface FlowVersionsTable {
  flow_id: string;
  version: number;
  definition: Json<FlowDefinition>;
  created_by: string;
  created_at: Date;
}

interface FlowLatchTable {
  name: string;
  revision: string;
}

export const RUN_STATUSES = [
  'queued',
  'running',
  'waiting',
  'succeeded',
  'failed',
  'cancelled',
  'blocked',
] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];
export type EndStatus = Exclude<RunStatus, 'queued' | 'running' | 'waiting'>;

export function isEnd(status: RunStatus): status is EndStatus {
  return status !== 'queued' && status !== 'running' && status !== 'waiting';
}

export const RUN_ORIGINS = ['event', 'manual', 'schedule', 'call', 'replay'] as const;
export type RunOrigin = (typeof RUN_ORIGINS)[number];

/** What an expression sees as `event`. */
export interface EventFacts {
  id: string;
  source: string;
  type: string;
  workspaceId: string | null;
  userId: string | null;
  subjectId: string | null;
  receivedAt: string;
  replayOf: string | null;
}

export interface RunInput {
  event: EventFacts | null;
  payload: unknown;
}

export interface RunError {
  code: string;
  message: string;
  /** The path of the step that failed: `notify`, `each[3].create`. */
  path?: string;
  details?: unknown;
}

interface FlowRunsTable {
  id: string;
  flow_id: string;
  flow_version: number;
  trigger_key: string;
  origin: RunOrigin;
  event_id: string | null;
  replay_of: string | null;
  parent_run_id: string | null;
  parent_path: string | null;
  workspace_id: string | null;
  subject_id: string | null;
  input: Json<RunInput>;
  status: RunStatus;
  ready_at: Date;
  max_concurrency: number;
  lease_owner: string | null;
  lease_until: Date | null;
  claims: ColumnType<number, number | undefined, number>;
  rescues: ColumnType<number, number | undefined, number>;
  call_depth: number;
  chain: string[];
  step_count: ColumnType<number, number | undefined, number>;
  is_cancel_requested: ColumnType<boolean, boolean | undefined, boolean>;
  /** Up to `worked_since`; what the run does not spend at work does not count against its time. */
  worked_ms: ColumnType<number, number | undefined, number>;
  /** Null while nobody works on the run, or while the release before this one does. */
  worked_since: Date | null;
  /** For the release before this one, which takes a run's time from here. */
  deadline_at: Date | null;
  created_at: Date;
  started_at: Date | null;
  finished_at: Date | null;
  result: NullableJson<unknown>;
  error: NullableJson<RunError>;
  request_id: string;
  created_by: string;
}

export const STEP_STATUSES = ['started', 'waiting', 'retrying', 'succeeded', 'failed'] as const;
export type StepStatus = (typeof STEP_STATUSES)[number];

interface FlowStepsTable {
  run_id: string;
  path: string;
  position: number;
  step_id: string;
  kind: StepKind;
  status: StepStatus;
  attempt: number;
  attempts_before: number;
  input: NullableJson<unknown>;
  /** Of an action: where in its input secrets stand. */
  secrets: NullableJson<SecretPlace[]>;
  output: NullableJson<unknown>;
  error: NullableJson<RunError>;
  started_at: Date;
  finished_at: Date | null;
  wake_at: Date | null;
  action_run_id: string | null;
}

interface FlowEffectsTable {
  entity_id: string;
  run_id: string;
  chain: string[];
  created_at: Date;
}

interface FlowSubjectsTable {
  flow_id: string;
  subject_key: string;
  fields: Json<Record<string, unknown>>;
  seen_at: Date;
}

declare module '../storage/database.js' {
  interface Tables {
    flows: FlowsTable;
    flow_versions: FlowVersionsTable;
    flow_latch: FlowLatchTable;
    flow_runs: FlowRunsTable;
    flow_steps: FlowStepsTable;
    flow_effects: FlowEffectsTable;
    flow_subjects: FlowSubjectsTable;
  }
}
