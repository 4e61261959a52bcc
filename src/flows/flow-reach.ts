import { Injectable } from '@nestjs/common';
import { ForbiddenError } from '../access/access.errors.js';
import type { Reach } from '../access/reach.js';
import { workspaceOf } from '../integrations/workspace-of.js';
import { FlowCatalog } from './flow-catalog.js';
import { FlowCheck } from './document/flow-check.js';
import type { FlowRow } from './flows.repository.js';
import {
  type ActionStep,
  type CallFlowStep,
  type FlowDefinition,
  type FlowTrigger,
  type Step,
  namesIn,
} from './document/flow-definition.js';

/** Where a run's event is within a workspace, so is what is done in the event's own. No loop may call its item `event`. */
const OF_EVENT = /^\{\{\s*event\.workspaceId\s*\}\}$/;

/**
 * Whether a bound caller may have a flow run. Promises that each step, also of the flows that it calls, is within the
 * caller's bounds whatever the run comes to: a workspace that is only worked out in the run is not.
 */
@Injectable()
export class FlowReach {
  constructor(
    private readonly check: FlowCheck,
    private readonly catalog: FlowCatalog,
  ) {}

  async demandSteps(reach: Reach, definition: FlowDefinition): Promise<void> {
    if (reach.anyBound !== undefined) await this.#demandAll(reach, definition, new Set());
  }

  /** To let events start it, or keep them from it. Here the event may be of any workspace that the trigger permits. */
  async demandTriggered(reach: Reach, definition: FlowDefinition): Promise<void> {
    await this.demandSteps(reach, definition);
    demandTrigger(reach, definition.trigger);
  }

  /** By id or name, as far as the caller gets to see it. */
  async find(idOrName: string, reach: Reach): Promise<FlowRow | undefined> {
    const flow = await this.catalog.find(idOrName);
    return flow && sees(reach, flow) ? flow : undefined;
  }

  async #demandAll(reach: Reach, { steps }: FlowDefinition, seen: Set<string>): Promise<void> {
    for (const step of innerSteps(steps)) {
      if ('action' in step) this.#demandAction(reach, step);
      else if ('call_flow' in step) await this.#demandCalled(reach, step, seen);
    }
  }

  #demandAction(reach: Reach, { action, params }: ActionStep): void {
    reach.demandOperation(namesIn(action));
    const found = this.check.find(action);
    const workspaceId = found
      ? workspaceOf(found.operation, found.integration.arrange(found.operation, params))
      : null;
    if (workspaceId !== null && OF_EVENT.test(workspaceId)) return;
    reach.demand('workspaces', workspaceId);
  }

  async #demandCalled(reach: Reach, { call_flow: called }: CallFlowStep, seen: Set<string>): Promise<void> {
    const flow = await this.catalog.find(called);
    // One that is not there may be there when it is called.
    if (!flow) throw ForbiddenError.outOfScope(reach.anyBound ?? 'flows');
    reach.demand('flows', flow.id);
    if (seen.has(flow.id)) return;
    seen.add(flow.id);
    await this.#demandAll(reach, flow.definition, seen);
  }
}

/** The event that a caller has a flow run for. */
export function demandEvent(
  reach: Reach,
  { source, workspaceId }: { source: string; workspaceId: string | null },
): void {
  reach.demand('sources', source);
  reach.demand('workspaces', workspaceId);
}

/** The same as seesFlow in SQL, of one that is in memory. */
function sees(reach: Reach, { id, definition }: FlowRow): boolean {
  if (!reach.has('flows', id)) return false;
  if (reach.within('integrations') === undefined && reach.within('operations') === undefined) return true;
  return innerSteps(definition.steps).every((step) => {
    if ('call_flow' in step) return false;
    return !('action' in step) || reach.hasOperation(namesIn(step.action));
  });
}

function demandTrigger(reach: Reach, { source, workspace }: FlowTrigger): void {
  for (const name of source.length === 0 ? [null] : source) reach.demand('sources', name);
  for (const id of workspace.length === 0 ? [null] : workspace) reach.demand('workspaces', id);
}

function innerSteps(steps: readonly Step[]): Step[] {
  return steps.flatMap((step) => {
    if ('if' in step) return [step, ...innerSteps(step.then), ...innerSteps(step.else)];
    if ('for_each' in step) return [step, ...innerSteps(step.steps)];
    return [step];
  });
}
