import type { ColumnType } from 'kysely';
import type { RunKind } from './bootstrap-plan.js';

type Json<T> = ColumnType<T, string | null, string | null>;

/** How a run stands: `complete_with_warnings` where a list was cut off or refused, `complete_with_errors` where one failed. */
export const RUN_STATUSES = [
  'waiting',
  'running',
  'complete',
  'complete_with_warnings',
  'complete_with_errors',
  'cancelled',
  'failed',
] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

/** `refused`: not in the plan, or not for these credentials. `cut_off`: more pages than CATALOGUE_MAX_PAGES. */
export const OPERATION_STATUSES = ['waiting', 'done', 'cut_off', 'refused', 'failed'] as const;
export type OperationStatus = (typeof OPERATION_STATUSES)[number];

export interface StoredError {
  code: string;
  message: string;
}

export interface CatalogueRunsTable {
  id: string;
  account: string;
  workspace_id: string;
  kind: RunKind;
  status: RunStatus;
  requested_by: string;
  /** From when on changes are asked for. */
  since: Date;
  /** One more each time that a process takes it: what an earlier one still does does not count. */
  claims: number;
  requests: number;
  /** It waits until then, for the budget or for Clockify. */
  wake_at: Date | null;
  last_error: Json<StoredError | null>;
  created_at: Date;
  started_at: Date | null;
  finished_at: Date | null;
}

export interface CatalogueOperationsTable {
  run_id: string;
  workspace_id: string;
  position: number;
  operation: string;
  status: OperationStatus;
  /** The number of the page that is next; null before the first. */
  cursor: number | null;
  last_page: string | null;
  requests: number;
  entities: number;
  /** Failures of the page that is next. */
  attempts: number;
  error: Json<StoredError | null>;
  finished_at: Date | null;
}

declare module '../../storage/database.js' {
  interface Tables {
    catalogue_runs: CatalogueRunsTable;
    catalogue_operations: CatalogueOperationsTable;
  }
}
