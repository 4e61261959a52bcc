import { namesIn } from '../document/flow-definition.js';
import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { ActionRunner } from '../../actions/action-runner.js';
import { UnknownRunError } from '../../actions/actions.errors.js';
import type { ReadBack } from '../../integrations/integration.js';
import { IntegrationError } from '../../integrations/integration-error.js';
import type { Action } from '../../parsing/action.js';
import type { SecretPlace } from '../../secrets/secret-place.js';
import { FlowCheck } from '../document/flow-check.js';
import type { RunFacts } from '../runs/run-facts.js';

export interface StepCall {
  path: string;
  attempt: number;
  action: string;
  params: Readonly<Record<string, unknown>>;
  /** Where in the params secrets stand. */
  secrets?: readonly SecretPlace[];
  timeoutMs: number;
  signal: AbortSignal;
  /** When it was first begun, where this is not the process that began it. */
  begunAt?: Date | undefined;
}

export interface StepAnswer {
  result: unknown;
  actionRunId: string | null;
}

/** How a step's action is carried out. Promises that one (run, path, attempt) has its effect at most once. */
export interface StepActions {
  /** Whether the action can change something outside. */
  isWrite(action: string): boolean;
  carryOut(call: StepCall, run: RunFacts): Promise<StepAnswer>;
}

/** After this long past its time-out an action that does not stop is left to itself. */
const STOP_GRACE_MS = 2_000;
const KEY_MAX = 200;
/** A process that dies each time it comes to the same call will not get further by dying once more. */
const TIMES_MAX = 5;

/**
 * For real, through the ActionRunner: the idempotency key settles what happened when a run is taken up again. Where even
 * the journal cannot know, because the process died in the middle of the call, the integration is asked to read back.
 */
@Injectable()
export class LiveActions implements StepActions {
  constructor(
    private readonly runner: ActionRunner,
    private readonly check: FlowCheck,
    @InjectPinoLogger('flows') private readonly log: PinoLogger,
  ) {}

  isWrite(action: string): boolean {
    return this.check.find(action)?.operation.isWrite ?? true;
  }

  async carryOut(call: StepCall, run: RunFacts): Promise<StepAnswer> {
    const action = actionOf(call);
    for (let again = 0; ; again++) {
      try {
        return await this.#run(action, call, { run, again });
      } catch (error) {
        const settled = again < TIMES_MAX ? await this.#settle(error, call, run) : undefined;
        if (settled === undefined) throw error;
        if (settled !== null) return { result: settled.result, actionRunId: null };
      }
    }
  }

  async #run(
    action: Action,
    call: StepCall,
    { run, again }: { run: RunFacts; again: number },
  ): Promise<StepAnswer> {
    const signal = AbortSignal.any([call.signal, AbortSignal.timeout(call.timeoutMs)]);
    const running = this.runner.run(action, {
      requestId: run.requestId,
      priority: 'background',
      signal,
      caller: { name: `flow ${run.definition.name}`.slice(0, 100), keyId: `flow:${run.flowId}` },
      repetitionKey: `${run.runId}:${call.path}`,
      idempotencyKey: keyOf(run.runId, call) + (again === 0 ? '' : `:${again}`),
    });
    const answer = await orGivenUp(running, call.timeoutMs + STOP_GRACE_MS);
    return { result: answer.result, actionRunId: answer.runId };
  }

  /** What the integration can find out about a call of which its key only says that nobody knows. */
  async #settle(error: unknown, call: StepCall, run: RunFacts): Promise<ReadBack> {
    const found = error instanceof UnknownRunError ? this.check.find(call.action) : undefined;
    if (!found?.integration.readBack || !(error instanceof UnknownRunError)) return undefined;
    // The secret may be another one by now, and then what was made with it would not be found.
    if (call.secrets) return undefined;
    const { integration, operation } = found;
    const params = integration.arrange(operation, call.params);
    const { requestId } = run;
    const { startedAt, quietSinceMs } = error;
    const since = call.begunAt ?? startedAt;
    const context = { requestId, priority: 'background' as const, signal: call.signal, since, quietSinceMs };
    try {
      return await found.integration.readBack(operation, params, context);
    } catch (cause) {
      this.log.warn(
        { err: cause, run: run.runId, step: call.path },
        'A step that was cut off cannot be read back',
      );
      return undefined;
    }
  }
}

export function actionOf({ action, params, secrets }: StepCall): Action {
  return { ...namesIn(action), params, ...(secrets ? { secrets } : {}) };
}

function keyOf(runId: string, call: StepCall): string {
  const key = `${runId}:${call.path}:${call.attempt}`;
  if (key.length <= KEY_MAX) return key;
  return `${runId}:${createHash('sha256').update(call.path).digest('hex')}:${call.attempt}`;
}

async function orGivenUp<T>(running: Promise<T>, afterMs: number): Promise<T> {
  const { promise: givenUp, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () =>
      reject(
        new IntegrationError('upstream_error', 'The step took longer than its time-out', {
          status: 504,
          outcome: 'unknown',
        }),
      ),
    afterMs,
  );
  try {
    return await Promise.race([running, givenUp]);
  } finally {
    clearTimeout(timer);
    running.catch(() => undefined); // Its end is in the journal of actions; here nobody waits for it any more.
  }
}
