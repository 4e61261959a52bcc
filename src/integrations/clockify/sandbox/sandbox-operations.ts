import { type IndexedOperation, operationIndex } from '../operation-index.js';
import { clientHandlers } from './handlers/clients.js';
import { projectHandlers } from './handlers/projects.js';
import { tagHandlers } from './handlers/tags.js';
import { taskHandlers } from './handlers/tasks.js';
import { timeEntryHandlers } from './handlers/time-entries.js';
import { userHandlers } from './handlers/users.js';
import { webhookHandlers } from './handlers/webhooks.js';
import { workspaceHandlers } from './handlers/workspaces.js';
import type { SandboxHandlers } from './sandbox-call.js';
import type { SandboxDeliveries } from './sandbox-deliveries.js';

const text = { type: 'string' };
const number = { type: 'integer', minimum: 0 };

/** Answered by the real service, though its document does not have it. */
const WEBHOOK_STATUSES: IndexedOperation = {
  id: 'getWebhookStatuses',
  method: 'GET',
  path: '/v1/workspaces/{workspaceId}/webhooks/{webhookId}/statuses',
  host: 'core',
  tags: ['webhooks'],
  parameters: [
    { name: 'workspaceId', in: 'path', required: true, schema: text },
    { name: 'webhookId', in: 'path', required: true, schema: text },
    { name: 'page', in: 'query', schema: number },
    { name: 'size', in: 'query', schema: number },
    {
      name: 'statuses',
      in: 'query',
      schema: { type: 'array', items: { type: 'string', enum: ['SUCCEEDED', 'RETRYING', 'FAILED'] } },
    },
  ],
  result: { status: 200, kind: 'object' },
};

export function sandboxOperations(): readonly IndexedOperation[] {
  return [...operationIndex().operations, WEBHOOK_STATUSES];
}

export function sandboxHandlers(deliveries: SandboxDeliveries): SandboxHandlers {
  return {
    ...clientHandlers,
    ...projectHandlers,
    ...tagHandlers,
    ...taskHandlers,
    ...timeEntryHandlers,
    ...userHandlers,
    ...webhookHandlers(deliveries),
    ...workspaceHandlers,
  };
}
