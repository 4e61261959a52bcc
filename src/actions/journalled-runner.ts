import { Injectable } from '@nestjs/common';
import { ForbiddenError } from '../access/access.errors.js';
import type { Reach } from '../access/reach.js';
import { isTooDeep } from '../integrations/answer-depth.js';
import type { ExecutionContext, RequestPreview } from '../integrations/integration.js';
import type { Action } from '../parsing/action.js';
import { currentWorkspace } from '../storage/workspace.js';
import { refuseInTransaction } from '../storage/inside-transaction.js';
import { ActionResolver, type ResolvedAction, type ResolvingFor } from './action-resolver.js';
import { ActionSender } from './action-sender.js';
import { type ActionRun, ActionRunner, type OutcomeEvent, type RunContext } from './action-runner.js';
import { answerTooDeep } from './actions.errors.js';
import { fingerprintOf } from '../idempotency/fingerprint.js';
import { IdempotencyKeyError } from '../idempotency/idempotency.errors.js';
import { FoundCreations } from './found-creations.js';
import { IdempotencyKeys } from './idempotency-keys.js';
import { describeFailure } from './run-failure.js';
import { RunJournal } from './run-journal.js';
import type { KeyHolder, RunRecord } from './run-record.js';
import { RunRecorder } from './run-recorder.js';
import { shownRequest } from './shown-request.js';

/** A text to be run, with all that decides what it is read as. */
export interface SaidText {
  text: string;
  llm: boolean;
  timeZone: string | undefined;
}

/** An action that somebody was shown and confirms. */
export interface ConfirmedAction {
  confirm: string;
}

/** The ActionRunner over the journal. */
@Injectable()
export class JournalledRunner extends ActionRunner {
  readonly #listeners = new Set<(event: OutcomeEvent) => void>();

  constructor(
    private readonly resolver: ActionResolver,
    private readonly recorder: RunRecorder,
    private readonly journal: RunJournal,
    private readonly keys: IdempotencyKeys,
    private readonly sender: ActionSender,
    private readonly found: FoundCreations,
  ) {
    super();
  }

  override async run(action: Action, context: RunContext): Promise<ActionRun> {
    refuseInTransaction('An integration');
    const resolved = await this.resolver.resolve(action, resolvingFor(context));
    const record = this.recorder.open(context, resolved);
    if (context.idempotencyKey === undefined) {
      if (record.isWrite) await this.journal.begin(record, () => this.journal.insert(record));
      return this.#carryOut(record, resolved, context);
    }
    const earlier = await this.#claim(record, context, action);
    return earlier ?? this.#carryOut(record, resolved, context);
  }

  /**
   * By rule a text is read before it is on record, so that its row says from the start what is done. With a model the
   * key is claimed first: a repeat must not be read again, perhaps differently. So it is for what is confirmed, whose
   * token is used up in reading it.
   */
  async runText(
    said: SaidText | ConfirmedAction,
    parse: () => Promise<Action>,
    context: RunContext,
  ): Promise<ActionRun> {
    if (context.idempotencyKey === undefined) return this.run(await parse(), context);
    const read = async (): Promise<ResolvedAction> =>
      this.resolver.resolve(await parse(), resolvingFor(context));
    const byRule = 'confirm' in said || said.llm ? undefined : read();
    // What cannot be read now may have been when its key was first used, so the key is asked first.
    const known = await byRule?.catch(unlessOutside);
    const record = this.recorder.open(context, known);
    const earlier = await this.#claim(record, context, said);
    if (earlier) return earlier;
    const resolved = known ?? (await this.#readOnRecord(record, () => byRule ?? read()));
    return this.#carryOut(record, resolved, context);
  }

  override async preview(action: Action, reach?: Reach): Promise<RequestPreview> {
    const { integration, operation, params } = await this.resolver.resolve(action, { reach });
    return shownRequest(integration.preview(operation, params));
  }

  override async checkSecrets(action: Action): Promise<void> {
    if (action.secrets === undefined) return;
    await this.sender.check(await this.resolver.resolve(action));
  }

  override onOutcome(listener: (event: OutcomeEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The answer of an earlier run with the same key, or undefined when the key is now this run's. */
  async #claim(record: RunRecord, context: RunContext, request: unknown): Promise<ActionRun | undefined> {
    const workspaceId = currentWorkspace();
    record.fingerprint = fingerprintOf(workspaceId === undefined ? request : { workspaceId, request });
    const { idempotencyKey = '', signal } = context;
    const keyed = Object.assign(record, { idempotencyKey });
    const claim = (): Promise<boolean> => this.journal.claim(record);
    const holder = await this.journal.begin(record, () => this.keys.holderOr(claim, keyed, signal));
    if (!holder) return undefined;
    this.journal.yielded(record);
    demandHolder(holder, context);
    return {
      runId: holder.id,
      integration: holder.integration ?? '',
      operation: holder.operation ?? '',
      result: this.recorder.replay(holder),
      isReplay: true,
    };
  }

  /** Writes down what the text was read as before any of it is done. */
  async #readOnRecord(record: RunRecord, read: () => Promise<ResolvedAction>): Promise<ResolvedAction> {
    try {
      const resolved = await read();
      this.recorder.describe(record, resolved);
      if (!(await this.journal.describe(record))) throw IdempotencyKeyError.lost();
      return resolved;
    } catch (error) {
      await this.journal.abandon(record);
      throw error;
    }
  }

  async #carryOut(record: RunRecord, resolved: ResolvedAction, context: RunContext): Promise<ActionRun> {
    const { integration, operation } = resolved;
    const startedMs = performance.now();
    let result: unknown;
    try {
      result = await this.sender.send(resolved, this.#contextOf(record, context));
      if (isTooDeep(result)) throw answerTooDeep(operation.isWrite);
      const { isCreation = false } = operation;
      this.recorder.succeed(record, { result, isCreation }, performance.now() - startedMs);
    } catch (exception) {
      // Also what could not be written down: a run that stays open blocks its key for ever.
      const failure = describeFailure(exception, operation.isWrite);
      this.recorder.fail(record, failure, performance.now() - startedMs);
      await this.#finish(record, context, failure.error.code);
      throw failure.error;
    }
    await this.#finish(record, context, null);
    return {
      runId: record.id,
      integration: integration.name,
      operation: operation.name,
      result,
      isReplay: false,
    };
  }

  #contextOf(record: RunRecord, context: RunContext): ExecutionContext {
    const permit = record.isWrite ? this.journal.permitOf(record) : undefined;
    const { repetitionKey = context.idempotencyKey ?? record.id } = context;
    return {
      ...context,
      repetitionKey: fingerprintOf([record.callerId, repetitionKey]),
      ...(permit ? { permit, claims: this.found.of(record) } : {}),
    };
  }

  /** Throws where somebody else has ended the run before, and with it decided what its key answers. */
  async #finish(record: RunRecord, context: RunContext, errorCode: OutcomeEvent['errorCode']): Promise<void> {
    const { id, integration, operation, outcome, durationMs } = record;
    for (const listener of this.#listeners) {
      listener({
        runId: id,
        integration: integration ?? '',
        operation: operation ?? '',
        outcome: outcome === 'running' ? 'unknown' : outcome,
        errorCode,
        durationMs: durationMs ?? 0,
        context,
      });
    }
    const isOurs = await this.journal.finish(record);
    if (!isOurs && record.isWrite && record.fingerprint !== null) throw this.recorder.takenForCutOff(record);
  }
}

function resolvingFor({ caller: { reach }, account }: RunContext): ResolvingFor {
  return { reach, account };
}

/** What cannot be read may be found by its key; what may not be done is refused all the same. */
function unlessOutside(error: unknown): undefined {
  if (error instanceof ForbiddenError) throw error;
  return undefined;
}

/** A key of the configuration may have been bound since it was given the answer. */
function demandHolder({ integration, operation }: KeyHolder, { caller }: RunContext): void {
  if (integration === null || operation === null) return;
  caller.reach?.demandDirectly({ integration, operation });
}
