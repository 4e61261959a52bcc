import { Inject, Injectable } from '@nestjs/common';
import { nearestNames } from '../errors/nearest-name.js';
import { EventTypes } from '../events/event-types.js';
import { type Integration, INTEGRATIONS } from '../integrations/integration.js';
import { type FlowDefinition, type FlowTrigger, type Step, namesIn } from './document/flow-definition.js';
import type { Fault } from '../errors/fault.js';

/** Says what stands in a flow that nothing will come of as things are: events that nobody sends, calls without credentials. */
@Injectable()
export class FlowOutlook {
  constructor(
    @Inject(INTEGRATIONS) private readonly integrations: readonly Integration[],
    private readonly types: EventTypes,
  ) {}

  warnings({ trigger, steps }: FlowDefinition): Fault[] {
    return [...this.#unsent(trigger), ...this.#unconfigured(steps, 'steps')];
  }

  /** Only where every source that the flow names says which types it sends. */
  #unsent({ source, events }: FlowTrigger): Fault[] {
    const known = source.map((name) => this.types.of(name.toLowerCase()));
    const types = new Set(known.flatMap((one) => (one === undefined ? [] : [...one])));
    if (source.length === 0 || known.includes(undefined)) return [];
    return events.flatMap((type, index) => {
      if (type === '*' || types.has(type)) return [];
      const near = nearestNames(type, types);
      const hint = near.length > 0 ? `; did you mean ${near.join(' or ')}?` : '';
      const message = `${source.join(' and ')} is not known to send this type${hint}`;
      return [{ path: `trigger.events[${index}]`, message }];
    });
  }

  #unconfigured(steps: readonly Step[], path: string): Fault[] {
    return steps.flatMap((step, index) => {
      const at = `${path}[${index}]`;
      if ('if' in step)
        return [
          ...this.#unconfigured(step.then, `${at}.then`),
          ...this.#unconfigured(step.else, `${at}.else`),
        ];
      if ('for_each' in step) return this.#unconfigured(step.steps, `${at}.steps`);
      if (!('action' in step)) return [];
      const integration = this.integrations.find(({ name }) => name === namesIn(step.action).integration);
      if (integration === undefined || integration.isConfigured) return [];
      const { name, configuredBy = [] } = integration;
      const by = configuredBy.length > 0 ? ` (${configuredBy.join(' or ')})` : '';
      return [{ path: `${at}.action`, message: `${name} is not configured${by}; the step fails` }];
    });
  }
}
