import { Inject, Injectable } from '@nestjs/common';
import { findFlow, FlowCatalog } from '../flow-catalog.js';
import { type CalledFlows, costOf, type FlowCost } from '../document/flow-cost.js';
import type { FlowDefinition, Step } from '../document/flow-definition.js';
import { FlowOutlook } from '../flow-outlook.js';
import { type FlowsConfig, flowsConfig } from '../flows.config.js';
import type { Fault } from '../../errors/fault.js';

export interface Forecast {
  cost: FlowCost;
  /** What is no fault of the document, and will fail all the same as things stand. */
  warnings: Fault[];
}

/** Says what a run of a flow will do, as far as that can be seen in it and in the flows that it calls. */
@Injectable()
export class FlowForecast {
  constructor(
    private readonly catalog: FlowCatalog,
    private readonly outlook: FlowOutlook,
    @Inject(flowsConfig.token) private readonly config: FlowsConfig,
  ) {}

  async of(definition: FlowDefinition): Promise<Forecast> {
    const [forecast] = await this.ofAll([definition]);
    if (!forecast) throw new Error('unreachable: one definition has one forecast');
    return forecast;
  }

  /** In their order. A flow that is not saved yet may call itself. */
  async ofAll(definitions: readonly FlowDefinition[]): Promise<Forecast[]> {
    const flows = await this.catalog.current();
    return definitions.map((definition) => {
      const isNew = !flows.some(({ name }) => name === definition.name);
      const called: CalledFlows = {
        find: (idOrName) =>
          isNew && idOrName === definition.name ? definition : findFlow(flows, idOrName)?.definition,
        deepest: this.config.FLOW_MAX_CALL_DEPTH,
      };
      const warnings = [
        ...this.outlook.warnings(definition),
        ...warningsOf(definition.steps, 'steps', called),
      ];
      return { cost: costOf(definition, called), warnings };
    });
  }
}

/** No fault, because of two flows that call each other one has to be saved first. */
function warningsOf(steps: readonly Step[], path: string, called: CalledFlows): Fault[] {
  return steps.flatMap((step, index) => {
    const at = `${path}[${index}]`;
    if ('if' in step)
      return [...warningsOf(step.then, `${at}.then`, called), ...warningsOf(step.else, `${at}.else`, called)];
    if ('for_each' in step) return warningsOf(step.steps, `${at}.steps`, called);
    if (!('call_flow' in step) || called.find(step.call_flow)) return [];
    const message = 'there is no such flow, or more than one of that name; the call fails, and costs nothing';
    return [{ path: `${at}.call_flow`, message }];
  });
}
