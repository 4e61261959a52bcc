import { isUnavailable } from '../../storage/storage.errors.js';
import { durationMs } from '../../clock/iso-duration.js';
import { entityIdsOf } from './entity-ids.js';
import type { ActionStep, RetryPolicy } from '../document/flow-definition.js';
import type { StepRow } from '../runs/flow-runs.repository.js';
import type { EffectEntry } from './flow-news.js';
import { isTooLarge, outlineOf, RESULT_MAX_CHARS } from './result-size.js';
import type { RunFacts } from '../runs/run-facts.js';
import { LeaseLost, RunCancelled, RunSuspended, StepFailed } from './run-signals.js';
import { isWorthRetrying, retryDelayMs, toRunError } from './step-failure.js';
import type { Surroundings } from './surroundings.js';
import type { RenderedParams } from '../expressions/template.js';

const DEFAULT_RETRY: RetryPolicy = { attempts: 3, delay: 'PT2S', maxDelay: 'PT5M' };
const DEFAULT_TIMEOUT_MS = 120_000;

interface Inside {
  run: RunFacts;
  around: Surroundings;
  params: () => Promise<RenderedParams>;
}

/**
 * Carries out one action: its intent is committed, then it is called, then its outcome is recorded. A row that is found
 * "started" means a crash in between: it is called again under the same key, which settles what has happened.
 */
export async function runAction(
  step: ActionStep,
  start: { row: StepRow; isNew: boolean },
  inside: Inside,
): Promise<unknown> {
  const { journal, clock, actions } = inside.around;
  const { row: earlier, isNew } = start;
  const isRetry = earlier.status === 'retrying';
  if (isRetry && earlier.wake_at && earlier.wake_at.getTime() > clock.nowMs()) {
    throw new RunSuspended(earlier.wake_at);
  }
  const row: StepRow = {
    ...earlier,
    status: 'started',
    attempt: earlier.attempt + (isRetry ? 1 : 0),
    ...(await inputOf(earlier, inside)),
    error: null,
    wake_at: null,
  };
  if (isNew || isRetry) {
    const effects = actions.isWrite(step.action) ? effectsOf(inside.run, row.input, undefined) : [];
    await journal.save({ ...row, started_at: clock.now() }, effects);
  }
  const begunAt = isNew || isRetry ? undefined : earlier.started_at;
  return call(step, row, { ...inside, begunAt });
}

/** What was about to be sent before a crash is what is sent after it: the key answers for exactly that. */
async function inputOf(
  { input, secrets }: StepRow,
  { params }: Inside,
): Promise<Pick<StepRow, 'input' | 'secrets'>> {
  if (input !== null && input !== undefined) return { input, secrets };
  const rendered = await params();
  return { input: rendered.params, secrets: rendered.secrets.length > 0 ? [...rendered.secrets] : null };
}

async function call(
  step: ActionStep,
  row: StepRow,
  { run, around, begunAt }: Inside & { begunAt: Date | undefined },
): Promise<unknown> {
  const { journal, actions, clock, signal } = around;
  const isWrite = actions.isWrite(step.action);
  const timeoutMs = step.timeout === undefined ? DEFAULT_TIMEOUT_MS : (durationMs(step.timeout) ?? 0);
  try {
    const answer = await actions.carryOut(
      {
        path: row.path,
        attempt: row.attempt,
        action: step.action,
        params: row.input as Record<string, unknown>,
        ...(row.secrets ? { secrets: row.secrets } : {}),
        timeoutMs,
        signal,
        begunAt,
      },
      run,
    );
    const done: StepRow = {
      ...row,
      status: 'succeeded',
      output: kept(answer.result, { path: row.path, isWrite }) ?? null,
      finished_at: clock.now(),
      action_run_id: answer.actionRunId,
    };
    const effects = isWrite ? effectsOf(run, {}, answer.result) : [];
    // An outcome without echoes to recognise travels with the next intent: until then the key would answer for it.
    if (effects.length > 0) await journal.save(done, effects);
    else journal.note(done);
    return done.output ?? undefined;
  } catch (error) {
    if (error instanceof StepFailed) throw error;
    if (isUnavailable(error) || error instanceof RunCancelled || error instanceof LeaseLost) throw error;
    return retryOrFail(step, row, { error, around });
  }
}

/** A result that the journal can hold. What was written cannot be taken back for the length of its answer. */
function kept(result: unknown, { path, isWrite }: { path: string; isWrite: boolean }): unknown {
  if (!isTooLarge(result)) return result;
  if (isWrite) return outlineOf(result);
  const message = `The answer has more than ${RESULT_MAX_CHARS} characters: ask for less`;
  throw new StepFailed({ code: 'limit_reached', message, path });
}

function retryOrFail(
  step: ActionStep,
  row: StepRow,
  { error, around }: { error: unknown; around: Surroundings },
): never {
  const { journal, clock, actions } = around;
  const policy = step.retry ?? DEFAULT_RETRY;
  const tries = row.attempt - row.attempts_before;
  const reason = toRunError(error, row.path);
  if (tries < policy.attempts && isWorthRetrying(error, actions.isWrite(step.action))) {
    const wakeAt = new Date(clock.nowMs() + retryDelayMs(policy, tries, error));
    journal.note({ ...row, status: 'retrying', error: reason, wake_at: wakeAt });
    throw new RunSuspended(wakeAt);
  }
  throw new StepFailed(reason);
}

function effectsOf(run: RunFacts, params: unknown, result: unknown): EffectEntry[] {
  const ids = entityIdsOf(params as Readonly<Record<string, unknown>>, result);
  return ids.map((entityId) => ({ entityId, chain: run.chain }));
}
