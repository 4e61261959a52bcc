import { stringify } from 'yaml';
import type { FlowDefinition } from './flow-definition.js';

/** The definition as somebody would have written it: without empty parts and defaults that say nothing. */
export function toDocument(definition: FlowDefinition): Record<string, unknown> {
  const { trigger, limits, ...rest } = definition;
  return {
    ...rest,
    trigger: Object.fromEntries(
      Object.entries(trigger)
        .filter(([, value]) => !Array.isArray(value) || value.length > 0)
        .map(([key, value]) => [
          key,
          key !== 'events' && Array.isArray(value) && value.length === 1 ? value[0] : value,
        ]),
    ),
    ...(Object.keys(limits).length > 0 ? { limits } : {}),
  };
}

export function toYaml(definition: FlowDefinition): string {
  return stringify(toDocument(definition), { lineWidth: 100 });
}
