import {
  type IndexedOperation,
  operationIndex,
} from '../../src/integrations/clockify/operations/operation-index.js';
import { approvalHandlers } from './handlers/approvals.js';
import { auditLogHandlers } from './handlers/audit-log.js';
import { changeLogHandlers } from './handlers/change-log.js';
import { clientHandlers } from './handlers/clients.js';
import { customFieldHandlers } from './handlers/custom-fields.js';
import { expenseCategoryHandlers } from './handlers/expense-categories.js';
import { expenseHandlers } from './handlers/expenses.js';
import { fileHandlers } from './handlers/files.js';
import { holidayHandlers } from './handlers/holidays.js';
import { invoiceHandlers } from './handlers/invoices.js';
import { projectHandlers } from './handlers/projects.js';
import { reportHandlers } from './handlers/reports.js';
import { schedulingTotalHandlers } from './handlers/scheduling-totals.js';
import { schedulingHandlers } from './handlers/scheduling.js';
import { sharedReportHandlers } from './handlers/shared-reports.js';
import { tagHandlers } from './handlers/tags.js';
import { taskHandlers } from './handlers/tasks.js';
import { timeEntryHandlers } from './handlers/time-entries.js';
import { timeOffPolicyHandlers } from './handlers/time-off-policies.js';
import { timeOffRequestHandlers } from './handlers/time-off-requests.js';
import { userGroupHandlers } from './handlers/user-groups.js';
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
    ...approvalHandlers,
    ...auditLogHandlers,
    ...changeLogHandlers,
    ...clientHandlers,
    ...customFieldHandlers,
    ...expenseCategoryHandlers,
    ...expenseHandlers,
    ...fileHandlers,
    ...holidayHandlers,
    ...invoiceHandlers,
    ...projectHandlers,
    ...reportHandlers,
    ...schedulingHandlers,
    ...schedulingTotalHandlers,
    ...sharedReportHandlers,
    ...tagHandlers,
    ...taskHandlers,
    ...timeEntryHandlers,
    ...timeOffPolicyHandlers,
    ...timeOffRequestHandlers,
    ...userGroupHandlers,
    ...userHandlers,
    ...webhookHandlers(deliveries),
    ...workspaceHandlers,
  };
}
