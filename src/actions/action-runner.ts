import type { Reach } from '../access/reach.js';
import type { ErrorCode } from '../errors/error-code.js';
import type { ExecutionContext, RequestPreview } from '../integrations/integration.js';
import type { Action } from '../parsing/action.js';

/** On whose behalf something runs. Idempotency keys of different `keyId`s never meet. */
export interface RunCaller {
  name: string;
  keyId: string;
  /** What a model read is carried out for this caller without being confirmed. */
  trustsModel?: true;
  /** What it may do; absent for the service itself, in whose name flows and schedules run. */
  reach?: Reach;
}

export interface RunContext extends ExecutionContext {
  caller: RunCaller;
  /** The first run with this key of this caller is carried out; the others are given its answer, for 24 hours. */
  idempotencyKey?: string;
}

export interface ActionRun {
  /** Finds the run in the journal: GET /actions/runs/:id. */
  runId: string;
  integration: string;
  operation: string;
  result: unknown;
  /** The stored answer of an earlier run with the same key; nothing was called. */
  isReplay: boolean;
}

/** `unknown`: a write may or may not have had its effect, and nobody can say. */
export const RUN_OUTCOMES = ['succeeded', 'failed', 'unknown'] as const;
export type RunOutcome = (typeof RUN_OUTCOMES)[number];

export interface OutcomeEvent {
  runId: string;
  integration: string;
  operation: string;
  outcome: RunOutcome;
  errorCode: ErrorCode | null;
  durationMs: number;
  context: RunContext;
}

/**
 * Carries out actions. Promises that params are validated before anything is called, that a write is on record before
 * it is sent, that every run is in the journal with its outcome before it is answered, and that a key runs once.
 */
export abstract class ActionRunner {
  /** The result, or an AppError; an IntegrationError says whether the call can have had an effect. */
  abstract run(action: Action, context: RunContext): Promise<ActionRun>;

  /** Validates, and answers the request that `run` would send. Calls nothing and records nothing. */
  abstract preview(action: Action, reach?: Reach): Promise<RequestPreview>;

  /** Throws where a secret of the action does not exist, or may not go where it leads. Sends nothing. */
  abstract checkSecrets(action: Action): Promise<void>;

  /** Told of each outcome that a call had, not of replays; answers how to stop listening. A listener must not throw. */
  abstract onOutcome(listener: (event: OutcomeEvent) => void): () => void;
}
