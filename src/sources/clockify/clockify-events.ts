import type { JsonObject, WebhookPayload } from '../webhook-source.js';

/** The names Clockify's documents, interface and samples know. Others are stored all the same. */
export const CLOCKIFY_EVENT_TYPES: ReadonlySet<string> = new Set([
  'NEW_TIME_ENTRY',
  'NEW_TIMER_STARTED',
  'TIMER_STOPPED',
  'TIME_ENTRY_UPDATED',
  'TIME_ENTRY_DELETED',
  'TIME_ENTRY_RESTORED',
  'TIME_ENTRY_SPLIT',
  'TIME_ENTRY_BATCH_DELETED',
  'NEW_PROJECT',
  'PROJECT_UPDATED',
  'PROJECT_DELETED',
  'NEW_TASK',
  'TASK_UPDATED',
  'TASK_DELETED',
  'NEW_CLIENT',
  'CLIENT_UPDATED',
  'CLIENT_DELETED',
  'NEW_TAG',
  'TAG_UPDATED',
  'TAG_DELETED',
  'NEW_INVOICE',
  'INVOICE_UPDATED',
  'USER_JOINED_WORKSPACE',
  'USER_ACTIVATED_ON_WORKSPACE',
  'USER_DEACTIVATED_ON_WORKSPACE',
  'USER_DELETED_FROM_WORKSPACE',
  'USER_UPDATED',
  'USER_EMAIL_CHANGED',
  'USERS_INVITED_TO_WORKSPACE',
  'LIMITED_USERS_ADDED_TO_WORKSPACE',
  'NEW_APPROVAL_REQUEST',
  'APPROVAL_REQUEST_STATUS_UPDATED',
  'TIME_OFF_REQUESTED',
  'TIME_OFF_REQUEST_APPROVED',
  'TIME_OFF_REQUEST_REJECTED',
  'TIME_OFF_REQUEST_WITHDRAWN',
  'TIME_OFF_REQUEST_UPDATED',
  'TIME_OFF_REQUEST_STARTED',
  'BALANCE_UPDATED',
  'EXPENSE_CREATED',
  'EXPENSE_RESTORED',
  'EXPENSE_UPDATED',
  'EXPENSE_DELETED',
  'ASSIGNMENT_CREATED',
  'ASSIGNMENT_UPDATED',
  'ASSIGNMENT_DELETED',
  'ASSIGNMENT_PUBLISHED',
  'USER_GROUP_CREATED',
  'USER_GROUP_UPDATED',
  'USER_GROUP_DELETED',
  'BILLABLE_RATE_UPDATED',
  'COST_RATE_UPDATED',
]);

/** Shapes by the keys that tell them apart, the most telling first. A client and a tag look the same. */
const SHAPES: readonly (readonly [type: string, keys: readonly string[]])[] = [
  ['TIME_ENTRY', ['timeInterval']],
  ['TIME_OFF_REQUEST', ['timeOffPeriod']],
  ['APPROVAL_REQUEST', ['dateRange', 'owner']],
  ['ASSIGNMENT', ['assignmentId']],
  ['RATE', ['rateChangeSource']],
  ['INVOICE', ['issuedDate']],
  ['EXPENSE', ['categoryId']],
  ['USER_GROUP', ['userIds', 'teamManagers']],
  ['INVITATION', ['inviter']],
  ['PROJECT', ['tasks']],
  ['TASK', ['assigneeIds']],
  ['TASK', ['projectId', 'name']],
  ['PROJECT', ['color']],
  ['PROJECT', ['clientId', 'name']],
  ['PROJECT', ['clientName']],
  ['PROJECT', ['billable', 'name']],
  ['USER', ['email']],
  ['BALANCE', ['userId', 'value']],
  ['CLIENT_OR_TAG', ['name', 'archived']],
];

/** Names of shapes, beside those of events; they come of senders that do not say. */
export const GUESSED_TYPES: readonly string[] = [...SHAPES.map(([type]) => type), 'UNKNOWN'];

/** What the payload seems to be about. Only for senders that do not say, such as a test by hand. */
export function inferClockifyType(payload: WebhookPayload): string {
  if (isRunning(payload)) return 'NEW_TIMER_STARTED';
  const found = SHAPES.find(([, keys]) => keys.every((key) => Object.hasOwn(payload, key)));
  return found?.[0] ?? 'UNKNOWN';
}

/** Clockify writes `end: null` as long as a timer runs. */
function isRunning(payload: WebhookPayload): boolean {
  if (!Object.hasOwn(payload, 'timeInterval')) return false;
  const interval: unknown = (payload as JsonObject)['timeInterval'];
  return (
    typeof interval === 'object' &&
    interval !== null &&
    Object.hasOwn(interval, 'end') &&
    (interval as JsonObject)['end'] === null
  );
}
