import { Injectable } from '@nestjs/common';
import { ActionRunner } from '../actions/action-runner.js';
import type { Reach } from '../access/reach.js';
import { secretsOf } from '../actions/secrets-in.js';
import { AppError } from '../errors/app-error.js';
import { FlowReach } from '../flows/flow-reach.js';
import { IntegrationRegistry } from '../integrations/integration-registry.js';
import type { Action, ParsedAction } from '../parsing/action.js';
import { ParsingService } from '../parsing/parsing.service.js';
import { ModelReadError, ScheduleInvalidError } from './schedules.errors.js';
import type { Fault } from '../errors/fault.js';
import type { Target } from './schedules.tables.js';

/** What is to happen, as callers write it: an action, a flow, or text. */
export interface TargetInput {
  integration?: string | undefined;
  operation?: string | undefined;
  params?: Record<string, unknown> | undefined;
  secretsIn?: readonly string[] | undefined;
  flow?: string | undefined;
  payload?: unknown;
  text?: string | undefined;
  llm?: boolean | undefined;
}

interface ReadContext {
  timezone: string;
  requestId: string;
  trustsModel: boolean;
  reach: Reach;
}

export function namesTarget(input: TargetInput): boolean {
  return [
    input.integration,
    input.operation,
    input.params,
    input.secretsIn,
    input.flow,
    input.payload,
    input.text,
  ].some((part) => part !== undefined);
}

/** Reads what a schedule is to do, and refuses now what could only fail later. */
@Injectable()
export class ScheduleTargets {
  constructor(
    private readonly runner: ActionRunner,
    private readonly flows: FlowReach,
    private readonly parsing: ParsingService,
    private readonly registry: IntegrationRegistry,
  ) {}

  async read(input: TargetInput, context: ReadContext): Promise<Target> {
    const given = (['integration', 'flow', 'text'] as const).filter((key) => input[key] !== undefined);
    const [kind] = given;
    if (kind === undefined || given.length > 1) {
      throw invalid('integration', 'must be given with operation and params, or flow or text in its place');
    }
    if (kind === 'flow') return this.#readFlow(input.flow ?? '', input, context.reach);
    if (kind === 'text') return this.#readText(input.text ?? '', input, context);
    if (input.operation === undefined) throw invalid('operation', 'is missing');
    if (input.payload !== undefined) throw invalid('payload', 'goes with flow only');
    const { integration = '', operation, params = {}, secretsIn } = input;
    const action = { integration, operation, params, ...secretsOf(params, secretsIn) };
    const target = await this.#checked(action, context.reach);
    await this.runner.checkSecrets(action);
    return { ...target, ...(action.secrets && secretsIn ? { secretsIn } : {}) };
  }

  /** Whether a caller may have this done now, or go on being done. */
  async demand(target: Target, reach: Reach): Promise<void> {
    if (reach.anyBound === undefined) return;
    if (target.kind === 'action') {
      demandAction(target, reach);
      return;
    }
    const flow = await this.flows.find(target.flowId, reach);
    if (flow) await this.flows.demandSteps(reach, flow.definition);
  }

  async #readFlow(
    flow: string,
    { operation, params, payload, secretsIn }: TargetInput,
    reach: Reach,
  ): Promise<Target> {
    if (operation !== undefined) throw invalid('operation', 'does not go with flow');
    if (secretsIn !== undefined) throw invalid('secretsIn', 'does not go with flow');
    if (params !== undefined) throw invalid('params', 'does not go with flow: give the flow a payload');
    const found = await this.flows.find(flow, reach);
    if (!found) throw invalid('flow', 'is not the id of a flow, nor the name of exactly one');
    await this.flows.demandSteps(reach, found.definition);
    return { kind: 'flow', flowId: found.id, payload: payload ?? null };
  }

  /** Understood once, now: the schedule keeps what was understood, and every run does the same. */
  async #readText(
    text: string,
    { llm = false, operation, params, payload, secretsIn }: TargetInput,
    { timezone, requestId, trustsModel, reach }: ReadContext,
  ): Promise<Target> {
    if ([operation, params, payload, secretsIn].some((part) => part !== undefined)) {
      throw invalid('text', 'stands alone, without operation, params, secretsIn and payload');
    }
    const action = await this.parsing.parse(text, { isModelWanted: llm, timeZone: timezone, requestId });
    const target = await this.#checked(action, reach);
    if (this.#isWriteOfModel(action) && !trustsModel) throw new ModelReadError(target);
    return { ...target, text };
  }

  #isWriteOfModel({ parser, integration, operation }: ParsedAction): boolean {
    if (parser !== 'llm') return false;
    return this.registry.getOperation(this.registry.get(integration), operation).isWrite;
  }

  async #checked(
    { integration, operation, params, secrets }: Action,
    reach: Reach,
  ): Promise<Target & { kind: 'action' }> {
    const action = { integration, operation, params: { ...params } };
    demandAction(action, reach);
    try {
      await this.runner.preview({ ...action, ...(secrets ? { secrets } : {}) }, reach);
    } catch (error) {
      // Credentials may come later; what is wrong with the action itself will not go away.
      const isWrong =
        error instanceof AppError && ['validation_error', 'not_found', 'forbidden'].includes(error.code);
      if (isWrong || !(error instanceof AppError)) throw error;
    }
    return { kind: 'action', ...action };
  }
}

/** The workspace by the name that it is kept under, so that lists can be chosen by it. */
function demandAction({ integration, operation, params }: Action, reach: Reach): void {
  const { workspaceId } = params;
  const own = typeof workspaceId === 'string' ? workspaceId : null;
  reach.demandAction({ integration, operation, workspaceId: own });
}

function invalid(path: string, message: string): ScheduleInvalidError {
  const fault: Fault = { path, message };
  return new ScheduleInvalidError([fault]);
}
