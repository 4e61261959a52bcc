import { newId } from '../../clock/new-id.js';
import type { FlowDefinition } from '../document/flow-definition.js';
import type { NewRun } from './flow-runs.repository.js';
import type { RunError, RunInput, RunOrigin } from '../flows.tables.js';

export interface RunStart {
  flow: { id: string; version: number; definition: FlowDefinition; workspace_id?: string | null };
  origin: RunOrigin;
  /** One run of the flow per key. */
  key: string;
  input: RunInput;
  createdBy: string;
  requestId: string;
  at: Date;
  defaultConcurrency: number;
  parent?: { runId: string; path: string; callDepth: number; chain: readonly string[] };
  replayOf?: string;
  /** Why it has failed already. */
  error?: RunError;
}

export function newRun(start: RunStart): NewRun {
  const { flow, input, parent } = start;
  return {
    id: newId(),
    flow_id: flow.id,
    flow_version: flow.version,
    trigger_key: start.key,
    origin: start.origin,
    event_id: start.origin === 'event' ? (input.event?.id ?? null) : null,
    replay_of: start.replayOf ?? null,
    parent_run_id: parent?.runId ?? null,
    parent_path: parent?.path ?? null,
    workspace_id: flow.workspace_id ?? input.event?.workspaceId ?? null,
    subject_id: input.event?.subjectId ?? null,
    input,
    max_concurrency: flow.definition.limits.concurrency ?? start.defaultConcurrency,
    call_depth: parent ? parent.callDepth + 1 : 0,
    chain: [...(parent?.chain ?? []), flow.id],
    created_at: start.at,
    request_id: start.requestId,
    created_by: start.createdBy,
    error: start.error ?? null,
  };
}
