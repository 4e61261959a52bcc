import type { ApiBodyOptions } from '@nestjs/swagger';

/** The shape of a flow document for readers of the API description; the full rules are in docs/flows.md. */
export const FLOW_BODY: ApiBodyOptions = {
  schema: {
    type: 'object',
    required: ['name', 'steps'],
    properties: {
      name: { type: 'string', maxLength: 255 },
      description: { type: 'string' },
      enabled: { type: 'boolean', default: true },
      trigger: {
        type: 'object',
        properties: {
          source: { oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] },
          events: { type: 'array', items: { type: 'string' } },
          workspace: { oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] },
          schedule: {
            type: 'object',
            description: 'cron, every or at, with timeZone: as in POST /schedules',
          },
        },
      },
      conditions: { description: 'A rule, a group ({all} or {any}), a list, or a JSONata expression' },
      steps: { type: 'array', minItems: 1, items: { type: 'object' } },
      limits: {
        type: ['object', 'null'],
        properties: {
          steps: { type: 'integer' },
          runTime: { type: 'string', example: 'PT10M' },
          concurrency: { type: 'integer' },
        },
      },
    },
    example: {
      name: 'Say hello',
      trigger: { source: 'clockify', events: ['NEW_PROJECT'] },
      steps: [
        { action: 'slack.post_message', params: { channel: '#general', text: 'There is a new project' } },
      ],
    },
  },
};

/** Of a flow, the fields to replace. */
export const FLOW_CHANGES: ApiBodyOptions = {
  schema: { type: 'object', additionalProperties: true, example: { description: 'Tells everybody' } },
};
