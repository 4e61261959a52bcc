import type { Integration, Operation } from '../../integrations/integration.js';

/** What can come of a text that a model reads. */
export type Deed = 'read' | 'log' | 'start' | 'stop' | 'create';

export interface Permission {
  deed: Deed;
  /** The only fields that a model may fill in; all of them where the operation only reads. */
  fields: ReadonlySet<string> | 'all';
}

const ENTRY_FIELDS = ['workspaceId', 'projectId', 'taskId', 'tagIds', 'description', 'billable'];

/** No money and nothing of other people: what a mistake would cost stays small. */
const WRITES: Readonly<Record<string, readonly [deed: Deed, fields: readonly string[]]>> = {
  'clockify.create_time_entry': ['log', ENTRY_FIELDS],
  'clockify.start_timer': ['start', ENTRY_FIELDS],
  'clockify.stop_timer': ['stop', ['workspaceId']],
  'clockify.create_client': ['create', ['workspaceId', 'name', 'note']],
  'clockify.create_project': ['create', ['workspaceId', 'name', 'clientId', 'billable', 'isPublic', 'note']],
  'clockify.create_task': ['create', ['workspaceId', 'projectId', 'name']],
  'clockify.create_tag': ['create', ['workspaceId', 'name']],
};

/** Nothing that answers with a secret (webhooks, whose tokens sign) or a file, and no address of the model's choice. */
const READS: readonly string[] = [
  'clockify.get_user',
  'clockify.list_users',
  'clockify.find_users',
  'clockify.get_member_profile',
  'clockify.list_user_managers',
  'clockify.list_workspaces',
  'clockify.get_workspace',
  'clockify.list_clients',
  'clockify.get_client',
  'clockify.list_projects',
  'clockify.get_project',
  'clockify.list_tasks',
  'clockify.get_task',
  'clockify.list_tags',
  'clockify.get_tag',
  'clockify.list_time_entries',
  'clockify.get_time_entry',
  'clockify.list_running_timers',
  'clockify.current_timer',
  'clockify.list_groups',
  'clockify.list_custom_fields',
  'clockify.list_project_custom_fields',
  'clockify.list_expenses',
  'clockify.get_expense',
  'clockify.list_expense_categories',
  'clockify.list_invoices',
  'clockify.find_invoices',
  'clockify.get_invoice',
  'clockify.list_invoice_payments',
  'clockify.list_approval_requests',
  'clockify.list_time_off_policies',
  'clockify.get_time_off_policy',
  'clockify.list_time_off_requests',
  'clockify.list_policy_balances',
  'clockify.list_user_balances',
  'clockify.list_holidays',
  'clockify.list_holidays_in_period',
  'clockify.list_assignments',
  'clockify.list_project_totals',
  'clockify.get_project_totals',
  'clockify.list_user_totals',
  'clockify.get_user_totals',
  'clockify.summary_report',
  'clockify.detailed_report',
  'clockify.weekly_report',
  'clockify.attendance_report',
  'clockify.expense_report',
  'clockify.list_shared_reports',
  'clockify.get_shared_report',
  'clockify.list_created_entities',
  'clockify.list_updated_entities',
  'clockify.list_deleted_entities',
  'slack.lookup_user',
];

const PERMISSIONS: ReadonlyMap<string, Permission> = new Map<string, Permission>([
  ...READS.map((name): [string, Permission] => [name, { deed: 'read', fields: 'all' }]),
  ...Object.entries(WRITES).map(([name, [deed, fields]]): [string, Permission] => [
    name,
    { deed, fields: new Set(fields) },
  ]),
]);

/**
 * Undefined for what no model may ask for, which is all that is not named here: whatever a text makes it say, nothing is
 * changed, deleted, approved, paid, sent or shared by it, and an operation that is new is not for it until it is listed.
 */
export function permissionOf(candidate: {
  integration: Pick<Integration, 'name'>;
  operation: Operation;
}): Permission | undefined {
  const { integration, operation } = candidate;
  const permission = PERMISSIONS.get(`${integration.name}.${operation.name}`);
  // A name that came to mean a write does not become one for a model.
  return permission?.deed === 'read' && operation.isWrite ? undefined : permission;
}
