import type { FlowDefinition } from '../document/flow-definition.js';
import type { RunInput } from '../flows.tables.js';

/** What a run knows of itself. */
export interface RunFacts {
  runId: string;
  flowId: string;
  flowVersion: number;
  definition: FlowDefinition;
  input: RunInput;
  callDepth: number;
  chain: readonly string[];
  requestId: string;
  workspaceId: string | null;
  subjectId: string | null;
  createdBy: string;
  maxSteps: number;
  /** Null where its time is not limited: in a back-test. */
  deadlineAt: Date | null;
}
