import {
  type IndexedOperation,
  operationIndex,
} from '../../src/integrations/clockify/operations/operation-index.js';
import type { ClockifySandbox } from '../clockify-sandbox/clockify-sandbox.js';
import type { JsonSchema } from '../../src/integrations/integration.js';

export interface ExampleCall {
  path: Record<string, string>;
  query: Record<string, unknown>;
  /** Undefined where the operation has none. */
  body: unknown;
}

const START = '2026-01-05T00:00:00Z';
const END = '2026-01-11T23:59:59Z';
let count = 0;

/** A call of this operation that the sandbox answers: puts what it needs into the sandbox first, anew for each call. */
export function exampleCall(sandbox: ClockifySandbox, operation: IndexedOperation): ExampleCall {
  count += 1;
  const ids = seed(sandbox, operation);
  const names = [...operation.path.matchAll(/([\w-]+)\/\{(\w+)\}/g)];
  const path = Object.fromEntries(
    names.map(([, folder = '', name = '']) => [name, idFor(ids, folder, name)]),
  );
  const query = operation.parameters
    .filter((parameter) => parameter.in === 'query' && parameter.required)
    .map(({ name, schema }) => [name, QUERY[name] ?? ids[name] ?? valueFor(schema, { name, ids })]);
  return {
    path,
    query: { ...Object.fromEntries(query), ...OVERRIDES[operation.id]?.query?.(ids) },
    body: bodyOf(operation, ids),
  };
}

type Ids = Record<string, string>;

const QUERY: Record<string, unknown> = { start: START, end: END, type: ['CLIENT'], userLocale: 'en' };

const reportRange = { dateRangeStart: START, dateRangeEnd: END };

const OVERRIDES: Record<string, { body?: (ids: Ids) => object; query?: (ids: Ids) => object }> = {
  createWebhook: { body: () => ({ name: 'example', url: 'http://127.0.0.1:9/hook' }) },
  updateWebhook: { body: () => ({ name: 'example', url: 'http://127.0.0.1:9/hook' }) },
  createTimeOffRequest: { body: () => ({ timeOffPeriod: { period: { start: START, days: 2 } } }) },
  createTimeOffRequestForOther: { body: () => ({ timeOffPeriod: { period: { start: START, days: 2 } } }) },
  createTimeEntry: { body: () => ({ start: START, end: '2026-01-05T01:00:00Z' }) },
  createForOthers: { body: () => ({ start: START, end: '2026-01-05T01:00:00Z' }) },
  createApprrovalRequest: { body: () => ({ periodStart: newWeek() }) },
  createApprovalForOther: { body: () => ({ periodStart: newWeek() }) },
  updateExpense: { body: () => ({ changeFields: ['NOTES', 'AMOUNT'] }) },
  deleteMany: { query: (ids) => ({ 'time-entry-ids': [ids['timeEntryId']] }) },
  replaceMany: { body: (ids) => [{ id: ids['timeEntryId'], start: START, end: START }] },
  updateInvoicedStatus: { body: (ids) => ({ invoiced: true, timeEntryIds: [ids['timeEntryId']] }) },
  updateBalance: { body: (ids) => ({ userIds: [ids['userId']], value: 3 }) },
  stopRunningTimeEntry: { body: () => ({ end: END }) },
  generateAttendanceReport: { body: () => reportRange },
  generateDetailedReport: { body: () => reportRange },
  generateDetailedReportV1: { body: () => reportRange },
  generateSummaryReport: { body: () => ({ ...reportRange, summaryFilter: { groups: ['PROJECT'] } }) },
  generateWeeklyReport: { body: () => ({ ...reportRange, weeklyFilter: { group: 'PROJECT' } }) },
  createProjectFromTemplate: { body: (ids) => ({ templateProjectId: ids['projectId'] }) },
  createHoliday: { body: () => ({ datePeriod: { startDate: '2026-01-05', endDate: '2026-01-06' } }) },
  updateHoliday: { body: () => ({ datePeriod: { startDate: '2026-01-05', endDate: '2026-01-06' } }) },
  createInvoicePayment: { body: () => ({ amount: 100 }) },
};

/** A week that nothing was submitted for yet. */
function newWeek(): string {
  return new Date(Date.parse(START) + count * 7 * 24 * 3600 * 1000).toISOString();
}

function bodyOf(operation: IndexedOperation, ids: Ids): unknown {
  if (!operation.body) return undefined;
  const override = OVERRIDES[operation.id]?.body?.(ids);
  if (Array.isArray(override)) return override;
  return { ...(valueFor(operation.body.schema, { name: '', ids }) as object), ...override };
}

interface Place {
  name: string;
  ids: Ids;
}

/** A value that the schema allows, with only the required fields of objects. */
function valueFor(schema: JsonSchema, place: Place): unknown {
  const reference = schema['$ref'];
  if (typeof reference === 'string') {
    return valueFor(operationIndex().schemas[reference.replace('#/$defs/', '')] ?? {}, place);
  }
  const { name, ids } = place;
  if (name === 'entityId') return ids['userId'];
  if (ids[name] !== undefined) return ids[name];
  if (Array.isArray(schema['enum'])) return schema['enum'][0];
  const type = Array.isArray(schema['type']) ? schema['type'][0] : schema['type'];
  if (type === 'array') return schema['minItems'] ? [valueFor(schema['items'] as JsonSchema, place)] : [];
  if (type === 'object') {
    const properties = (schema['properties'] ?? {}) as Record<string, JsonSchema>;
    const required = (schema['required'] ?? (properties['name'] ? ['name'] : [])) as string[];
    return Object.fromEntries(
      required.map((key) => [key, valueFor(properties[key] ?? {}, { name: key, ids })]),
    );
  }
  if (type === 'integer' || type === 'number') return Math.max(1, Number(schema['minimum'] ?? 1));
  if (type === 'boolean') return false;
  if (schema['format'] === 'date-time') return name === 'end' || name === 'to' ? END : START;
  if (schema['format'] === 'binary') return Buffer.from('file').toString('base64');
  if (name === 'email') return `person-${count}@example.com`;
  return `example ${count}`;
}

/** One of everything that the operation may name, fresh, so that no call depends on an earlier one. */
function seed(sandbox: ClockifySandbox, operation: IndexedOperation): Ids {
  const mayBeDeleted = operation.method === 'DELETE';
  const named = (name: string): { name: string } => ({ name: `${name} ${count}` });
  const archived = { archived: mayBeDeleted };
  const userId = sandbox.user.id;
  const clientId = sandbox.add('clients', { ...named('client'), ...archived }).id;
  const membership = { userId, membershipType: 'PROJECT', membershipStatus: 'ACTIVE' };
  const project = sandbox.add('projects', {
    ...named('project'),
    ...archived,
    clientId,
    memberships: [membership],
  });
  const task = { ...named('task'), projectId: project.id, status: mayBeDeleted ? 'DONE' : 'ACTIVE' };
  const interval = {
    start: START,
    end: operation.id === 'stopRunningTimeEntry' ? null : '2026-01-05T01:00:00Z',
  };
  const entry = {
    description: `entry ${count}`,
    userId,
    projectId: project.id,
    tagIds: [],
    timeInterval: interval,
  };
  const categoryId = sandbox.add('expenseCategories', { ...named('category'), ...archived }).id;
  const fileId = sandbox.state.newId();
  const expense = {
    userId,
    projectId: project.id,
    categoryId,
    date: START,
    total: 100,
    fileId,
    file: 'ZmlsZQ==',
  };
  const period = { start: START, end: END };
  const assignment = {
    userId,
    projectId: project.id,
    hoursPerDay: 4,
    period,
    recurring: { seriesId: `s${count}` },
  };
  const paymentId = sandbox.state.newId();
  const item = {
    description: 'work',
    quantity: 100,
    unitPrice: 100,
    itemType: 'Service',
    applyTaxes: 'NONE',
  };
  const dates = { issuedDate: START, dueDate: END, currency: 'USD', number: `INV-${count}` };
  const invoice = {
    ...dates,
    clientId,
    status: 'UNSENT',
    items: [item],
    payments: [{ id: paymentId, amount: 1, date: START }],
  };
  const policyId = sandbox.add('policies', { ...named('policy'), timeUnit: 'DAYS', userIds: [] }).id;
  const request = { policyId, userId, status: { statusType: 'PENDING' }, timeOffPeriod: { period } };
  const approval = { owner: { userId: 'somebody' }, dateRange: period, status: { state: 'PENDING' } };
  const filter = { ...reportRange, summaryFilter: { groups: ['PROJECT'] } };
  const url = 'http://127.0.0.1:9/hook';
  return {
    workspaceId: sandbox.workspace.id,
    userId,
    clientId,
    projectId: project.id,
    taskId: sandbox.add('tasks', task).id,
    tagId: sandbox.add('tags', { ...named('tag'), archived: false }).id,
    timeEntryId: sandbox.add('timeEntries', entry).id,
    customFieldId: sandbox.add('customFields', { ...named('field'), type: 'TXT', projectDefaultValues: [] })
      .id,
    categoryId,
    expenseId: sandbox.add('expenses', expense).id,
    fileId,
    assignmentId: sandbox.add('assignments', assignment).id,
    invoiceId: sandbox.add('invoices', invoice).id,
    paymentId,
    order: '1',
    policyId,
    requestId: sandbox.add('timeOffRequests', request).id,
    approvalRequestId: sandbox.add('approvalRequests', approval).id,
    holidayId: sandbox.add('holidays', {
      ...named('holiday'),
      datePeriod: { startDate: START, endDate: END },
    }).id,
    userGroupId: sandbox.add('userGroups', { ...named('group'), userIds: [] }).id,
    reportId: sandbox.add('sharedReports', { ...named('report'), type: 'SUMMARY', userId, filter }).id,
    webhookId: sandbox.add('webhooks', { ...named('hook'), url, enabled: true, webhookEvent: 'NEW_TAG' }).id,
    addonId: sandbox.state.newId(),
  };
}

const FOLDERS: Record<string, string> = {
  clients: 'clientId',
  tags: 'tagId',
  tasks: 'taskId',
  'time-entries': 'timeEntryId',
  policies: 'policyId',
  'user-groups': 'userGroupId',
  'shared-reports': 'reportId',
};

function idFor(ids: Ids, folder: string, name: string): string {
  const key = name === 'id' ? FOLDERS[folder] : name;
  const id = ids[key ?? ''];
  if (id === undefined) throw new Error(`No example for {${name}} behind ${folder}`);
  return id;
}
