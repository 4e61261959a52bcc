import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { newId } from '../clock/new-id.js';
import { LoadedConfig } from '../config/load-config.js';
import { createRedactor } from '../observability/redaction.js';
import { currentWorkspace } from '../storage/workspace.js';
import { AnswerBox } from './answer-box.js';
import type { ResolvedAction } from './action-resolver.js';
import type { RunContext } from './action-runner.js';
import { workspaceOf } from '../integrations/workspace-of.js';
import { IntegrationError } from '../integrations/integration-error.js';
import { cutOff, UnknownRunError } from './actions.errors.js';
import { KeyLifetime } from './key-lifetime.js';
import { journalValue, PARAMS_LIMITS, RESULT_LIMITS, type JournalLimits } from './journal-value.js';
import type { RunFailure } from './run-failure.js';
import type { KeyHolder, RunRecord } from './run-record.js';
import { replay, storeError, writeError, writeResult } from './stored-answer.js';

interface Success {
  result: unknown;
  isCreation: boolean;
}

/** Writes down what becomes of a run, with secrets hidden and nothing of unbounded size but the answer to a key. */
@Injectable()
export class RunRecorder {
  readonly #redact: (text: string) => string;

  constructor(
    private readonly clock: Clock,
    private readonly keys: KeyLifetime,
    private readonly answers: AnswerBox,
    @Inject(LoadedConfig) config: LoadedConfig,
  ) {
    this.#redact = createRedactor(config.secretTexts);
  }

  /** What a repeat with the same key is given: the result, or the error thrown. */
  replay({ id, answer, startedAt, endedAgoMs }: KeyHolder): unknown {
    try {
      return replay(answer === null ? '{}' : this.answers.open(answer, id));
    } catch (error) {
      if (!(error instanceof IntegrationError) || error.outcome !== 'unknown') throw error;
      throw new UnknownRunError(error, startedAt, performance.now() - Math.max(0, endedAgoMs ?? 0));
    }
  }

  /** For a run that somebody else has ended before it came to its end here: what its key answers from now on. */
  takenForCutOff({ startedAt }: RunRecord): UnknownRunError {
    return new UnknownRunError(cutOff(), startedAt, performance.now());
  }

  /**
   * A run that begins now. One that is yet to be read from a text changes nothing before it is described, so that until
   * then it is no write; and its text, in which secrets have no names, is not kept.
   */
  open(context: RunContext, resolved: ResolvedAction | undefined): RunRecord {
    const startedAt = this.clock.now();
    const record: RunRecord = {
      id: newId(startedAt.getTime()),
      integration: null,
      operation: null,
      isWrite: false,
      isRepeatable: false,
      workspaceId: currentWorkspace() ?? null,
      callerId: context.caller.keyId,
      callerName: context.caller.name,
      requestId: context.requestId,
      priority: context.priority,
      startedAt,
      finishedAt: null,
      durationMs: null,
      outcome: 'running',
      params: '{}',
      result: null,
      error: null,
      idempotencyKey: null,
      fingerprint: null,
      createdId: null,
      answer: null,
      keyExpiresAt: null,
    };
    if (resolved) this.describe(record, resolved);
    return record;
  }

  describe(record: RunRecord, { integration, operation, params }: ResolvedAction): void {
    record.integration = integration.name;
    record.operation = operation.name;
    record.workspaceId = workspaceOf(operation, params) ?? currentWorkspace() ?? null;
    record.isWrite = operation.isWrite;
    record.isRepeatable = integration.isRepeatable?.(operation, params) ?? false;
    record.params = this.#write(params, PARAMS_LIMITS);
  }

  /** Changes nothing where it throws, so that the run can still end as one that failed. */
  succeed(record: RunRecord, { result, isCreation }: Success, durationMs: number): void {
    const shown = this.#write(result ?? null, RESULT_LIMITS);
    if (record.idempotencyKey !== null) {
      record.answer = this.answers.close(writeResult(result), record.id);
      record.keyExpiresAt = this.keys.end();
    }
    record.result = shown;
    if (isCreation) record.createdId = idOf(result);
    this.#end(record, 'succeeded', durationMs);
  }

  fail(record: RunRecord, { error, outcome, isRetryable }: RunFailure, durationMs: number): void {
    this.#end(record, outcome, durationMs);
    record.error = this.#write(storeError(error), RESULT_LIMITS);
    if (record.idempotencyKey === null) return;
    if (isRetryable) {
      record.idempotencyKey = null;
      return;
    }
    record.answer = this.answers.close(writeError(error), record.id);
    record.keyExpiresAt = this.keys.end();
  }

  #end(record: RunRecord, outcome: RunRecord['outcome'], durationMs: number): void {
    record.outcome = outcome;
    record.finishedAt = this.clock.now();
    record.durationMs = durationMs;
  }

  #write(value: unknown, limits: JournalLimits): string {
    return JSON.stringify(journalValue(value, limits, this.#redact)) ?? 'null';
  }
}

function idOf(result: unknown): string | null {
  if (typeof result !== 'object' || result === null) return null;
  const { id, _id } = result as { id?: unknown; _id?: unknown };
  const found = id ?? _id;
  return typeof found === 'string' && found.length <= 100 ? found : null;
}
