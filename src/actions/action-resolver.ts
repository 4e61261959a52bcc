import { Injectable } from '@nestjs/common';
import type { Reach } from '../access/reach.js';
import type { Integration, Operation, Params } from '../integrations/integration.js';
import { IntegrationRegistry } from '../integrations/integration-registry.js';
import { workspaceOf } from '../integrations/workspace-of.js';
import { schemaCheck } from '../integrations/schema-validator.js';
import type { Action } from '../parsing/action.js';
import { InvalidParamsError } from './actions.errors.js';

/** An action that can be carried out: its operation exists and its params satisfy the schema. */
export interface ResolvedAction {
  integration: Integration;
  operation: Operation;
  params: Params;
}

/** From what was asked for to what can be called, or the error that lists every fault of it. */
@Injectable()
export class ActionResolver {
  constructor(private readonly registry: IntegrationRegistry) {}

  /** What is outside of a caller's reach is refused before anything is said of it. */
  resolve(action: Action, reach?: Reach): ResolvedAction {
    reach?.demandDirectly(action);
    const integration = this.registry.get(action.integration);
    const operation = this.registry.getOperation(integration, action.operation);
    const params = integration.arrange(operation, action.params);
    const faults = schemaCheck(operation.params)(params);
    if (faults.length > 0) throw new InvalidParamsError(`${integration.name}.${operation.name}`, faults);
    reach?.demand('workspaces', workspaceOf(operation, params));
    return { integration, operation, params };
  }

  /** The name under which a list result stands in an answer. */
  listNameOf(integration: string, operation: string): string {
    const found = this.registry.integrations.find((i) => i.name === integration)?.find(operation);
    return found?.listName ?? 'items';
  }
}
