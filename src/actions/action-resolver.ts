import { Injectable } from '@nestjs/common';
import type { Reach } from '../access/reach.js';
import { hasSaidThings } from '../catalogue/names/name-places.js';
import { NameResolver } from '../catalogue/names/name-resolver.js';
import type { Fault } from '../errors/fault.js';
import type { Integration, Operation, Params } from '../integrations/integration.js';
import { IntegrationRegistry } from '../integrations/integration-registry.js';
import { workspaceOf } from '../integrations/workspace-of.js';
import { schemaCheck } from '../integrations/schema-validator.js';
import type { Action } from '../parsing/action.js';
import { placesIn, type SecretPlace } from '../secrets/secret-place.js';
import { InvalidParamsError } from './actions.errors.js';

/** An action that can be carried out: its operation exists and its params satisfy the schema. */
export interface ResolvedAction {
  integration: Integration;
  operation: Operation;
  params: Params;
  /** Where secrets stand in the params as they were given, before the operation arranged them. */
  secretive?: { given: Params; places: readonly SecretPlace[] };
}

/** For whom, and as whom, an action is resolved; for the service itself as the account of the configuration without. */
export interface ResolvingFor {
  reach?: Reach | undefined;
  account?: string | undefined;
}

/** The integration in whose params names can stand in place of ids. */
const WITH_NAMES = 'clockify';

/** From what was asked for to what can be called, or the error that lists every fault of it. */
@Injectable()
export class ActionResolver {
  constructor(
    private readonly registry: IntegrationRegistry,
    private readonly names: NameResolver,
  ) {}

  /** What is outside of a caller's reach is refused before anything is said of it. */
  async resolve(action: Action, { reach, account }: ResolvingFor = {}): Promise<ResolvedAction> {
    reach?.demandDirectly(action);
    const integration = this.registry.get(action.integration);
    const operation = this.registry.getOperation(integration, action.operation);
    const given = await this.#withIds(action.params, { integration, operation, reach, account });
    const params = integration.arrange(operation, given);
    const { secrets: places = [] } = action;
    checkParams({ integration, operation, params }, places.length > 0);
    reach?.demand('workspaces', workspaceOf(operation, params));
    if (places.length === 0) return { integration, operation, params };
    return { integration, operation, params, secretive: { given, places } };
  }

  /** Whose workspace it is is asked first: what is not found is answered with what there is. */
  async #withIds(
    params: Params,
    {
      integration,
      operation,
      reach,
      account,
    }: ResolvingFor & Pick<ResolvedAction, 'integration' | 'operation'>,
  ): Promise<Params> {
    if (integration.name !== WITH_NAMES || !hasSaidThings(params)) return params;
    const workspaceId = workspaceOf(operation, integration.arrange(operation, params));
    reach?.demand('workspaces', workspaceId);
    return this.names.fill(params, { account, workspaceId });
  }

  /** The name under which a list result stands in an answer. */
  listNameOf(integration: string, operation: string): string {
    const found = this.registry.integrations.find((i) => i.name === integration)?.find(operation);
    return found?.listName ?? 'items';
  }
}

/** `hasSecrets`: what stands where a secret will stand is checked when it does. */
export function checkParams({ integration, operation, params }: ResolvedAction, hasSecrets: boolean): void {
  const faults = schemaCheck(operation.params)(params);
  const counted = hasSecrets ? faults.filter((fault) => !isAtSecret(fault, params)) : faults;
  if (counted.length > 0) throw new InvalidParamsError(`${integration.name}.${operation.name}`, counted);
}

function isAtSecret({ path }: Fault, params: Params): boolean {
  let value: unknown = params;
  for (const part of path.split(/[.[\]]+/).filter((name) => name !== '')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return false;
    value = (value as Record<string, unknown>)[part];
  }
  return placesIn(value).length > 0;
}
