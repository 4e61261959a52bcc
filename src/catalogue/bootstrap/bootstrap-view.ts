import type { BootstrapOperationView, BootstrapView } from '../catalogue.dto.js';
import type { OperationRow, RunRow } from './bootstrap-runs.repository.js';

/** A run with how far it has come, as of now. */
export function bootstrapView(run: RunRow, rows: readonly OperationRow[], nowMs: number): BootstrapView {
  const done = rows.filter(({ status }) => status !== 'waiting').length;
  const elapsedSeconds = run.started_at
    ? Math.max(0, ((run.finished_at?.getTime() ?? nowMs) - run.started_at.getTime()) / 1000)
    : 0;
  return {
    id: run.id,
    account: run.account,
    workspaceId: run.workspace_id,
    kind: run.kind,
    status: run.status,
    requestedBy: run.requested_by,
    createdAt: run.created_at,
    startedAt: run.started_at,
    finishedAt: run.finished_at,
    waitsUntil: run.wake_at,
    requests: run.requests,
    entities: rows.reduce((sum, { entities }) => sum + entities, 0),
    operationsDone: done,
    operationsTotal: rows.length,
    requestsPerSecond: elapsedSeconds > 0 ? Number((run.requests / elapsedSeconds).toFixed(2)) : 0,
    remainingSeconds: remainingSeconds(run, { done, total: rows.length, elapsedSeconds }),
    lastError: run.last_error,
    operations: rows.map(operationView),
  };
}

function remainingSeconds(
  { finished_at: finishedAt }: RunRow,
  { done, total, elapsedSeconds }: { done: number; total: number; elapsedSeconds: number },
): number | null {
  if (finishedAt) return 0;
  return done === 0 ? null : Math.ceil((elapsedSeconds / done) * (total - done));
}

function operationView(row: OperationRow): BootstrapOperationView {
  const { operation, status, requests, entities, error, finished_at: finishedAt } = row;
  return { operation, status, requests, entities, error, finishedAt };
}
