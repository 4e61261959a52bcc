import { Inject, Injectable } from '@nestjs/common';
import { AppError } from '../errors/app-error.js';
import type { RequestPreview } from '../integrations/integration.js';
import type { Action, ParsedAction } from '../parsing/action.js';
import { ParsingService } from '../parsing/parsing.service.js';
import { ActionResolver, type ResolvedAction } from './action-resolver.js';
import type { ActionRun, RunCaller, RunContext } from './action-runner.js';
import type { RunActionDto } from './actions.dto.js';
import { ConfirmationRequiredError } from './actions.errors.js';
import { Confirmations } from './confirmations.js';
import { JournalledRunner, type SaidText } from './journalled-runner.js';
import { secretsOf } from './secrets-in.js';
import { shownRequest } from './shown-request.js';

/** What POST /actions/run asks for, carried out or shown. */
@Injectable()
export class ActionsService {
  constructor(
    private readonly runner: JournalledRunner,
    private readonly parsing: ParsingService,
    @Inject(ActionResolver) private readonly resolver: ActionResolver,
    private readonly confirmations: Confirmations,
  ) {}

  async run(request: RunActionDto, context: RunContext): Promise<ActionRun> {
    const { confirm } = request;
    if (confirm !== undefined) return this.#runConfirmed(onlyConfirm(request, confirm), context);
    if (request.text === undefined) return this.runner.run(actionOf(request), context);
    const said = textOf(request);
    return this.runner.runText(said, () => this.#parseToRun(said, context), context);
  }

  #runConfirmed(confirm: string, context: RunContext): Promise<ActionRun> {
    return this.runner.runText({ confirm }, () => this.confirmations.use(confirm, context.caller), context);
  }

  /** What would be sent, and the params as the operation would be given them. */
  async preview(
    request: RunActionDto,
    { requestId, caller, account }: RunContext,
  ): Promise<Action & { request: RequestPreview }> {
    const action =
      request.text === undefined ? actionOf(request) : await this.#parse(textOf(request), requestId);
    const { reach } = caller;
    const { integration, operation, params } = await this.resolver.resolve(action, { reach, account });
    await this.runner.checkSecrets(action);
    return {
      integration: integration.name,
      operation: operation.name,
      params,
      request: shownRequest(integration.preview(operation, params)),
    };
  }

  /** A run's result as the fields of its answer: an object's own, a list under its plural name, all else as result. */
  fieldsOf({ integration, operation, result }: ActionRun): Record<string, unknown> {
    if (Array.isArray(result)) return { [this.resolver.listNameOf(integration, operation)]: result };
    if (typeof result === 'object' && result !== null) return result as Record<string, unknown>;
    return result === undefined ? {} : { result };
  }

  /** What a model read is not done before somebody who has seen it says so, unless the caller's key waives that. */
  async #parseToRun(said: SaidText, { caller, requestId, account }: RunContext): Promise<Action> {
    const action = await this.#parse(said, requestId);
    if (action.parser !== 'llm' || caller.trustsModel) return action;
    const resolved = await this.resolver.resolve(action, { reach: caller.reach, account });
    return resolved.operation.isWrite ? this.#askFirst(resolved, caller) : action;
  }

  async #askFirst({ integration, operation, params }: ResolvedAction, caller: RunCaller): Promise<never> {
    const action = { integration: integration.name, operation: operation.name, params };
    const { token, expiresAt } = await this.confirmations.ask(action, caller);
    const request = integration.preview(operation, params);
    throw new ConfirmationRequiredError({ confirm: token, expiresAt, ...action, request });
  }

  async #parse({ text, llm, timeZone }: SaidText, requestId: string): Promise<ParsedAction> {
    return this.parsing.parse(text, { isModelWanted: llm, timeZone, requestId });
  }
}

function onlyConfirm(request: RunActionDto, confirm: string): string {
  if (Object.entries(request).some(([name, value]) => name !== 'confirm' && value !== undefined))
    throw new AppError('validation_error', 'Send confirm by itself');
  return confirm;
}

/** All that decides what is done, so that a key stands for all of it. */
function textOf({ text = '', llm = false, timeZone, ...rest }: RunActionDto): SaidText {
  if ([rest.integration, rest.operation, rest.params, rest.secretsIn].some((part) => part !== undefined)) {
    throw new AppError('validation_error', 'Send either text, or integration, operation and params');
  }
  return { text, llm, timeZone };
}

function actionOf({ integration, operation, params = {}, llm, secretsIn }: RunActionDto): Action {
  if (integration !== undefined && operation !== undefined && llm === undefined) {
    return { integration, operation, params, ...secretsOf(params, secretsIn) };
  }
  const missing = [
    ...(integration === undefined ? ['integration'] : []),
    ...(operation === undefined ? ['operation'] : []),
  ].map((path) => ({ path, message: 'is required, unless there is a text' }));
  const faults = missing.length > 0 ? missing : [{ path: 'llm', message: 'only goes with a text' }];
  throw new AppError('validation_error', 'The request is not valid', { details: faults });
}
