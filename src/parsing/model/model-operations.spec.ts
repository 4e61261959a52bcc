import { clockifyOperations } from '../../integrations/clockify/operations/clockify-operation.js';
import { operationIndex } from '../../integrations/clockify/operations/operation-index.js';
import { HTTP_REQUEST_OPERATIONS } from '../../integrations/http-request/http-request-operations.js';
import { SLACK_OPERATIONS } from '../../integrations/slack/slack-operations.js';
import { FakeIntegration } from '../../../test/support/fake-integration.js';
import { permissionOf } from './model-operations.js';
import { flatParameters } from './model-tool.js';

const integrations = [
  new FakeIntegration('clockify', clockifyOperations()),
  new FakeIntegration('slack', SLACK_OPERATIONS),
  new FakeIntegration('http-request', HTTP_REQUEST_OPERATIONS),
];
const all = integrations.flatMap((integration) =>
  integration.operations().map((operation) => ({ integration, operation })),
);
const nameOf = ({ integration, operation }: (typeof all)[number]): string =>
  `${integration.name}.${operation.name}`;
const permitted = all.flatMap((candidate) => {
  const permission = permissionOf(candidate);
  return permission ? [{ candidate, permission, name: nameOf(candidate) }] : [];
});

describe('what a model may ask for', () => {
  it('is looked for among every operation there is', () => {
    expect(operationIndex().operations).toHaveLength(159);
    const names = all.map(nameOf);
    for (const { id } of operationIndex().operations) expect(names).toContain(`clockify.${id}`);
    expect(names.filter((name) => !name.startsWith('clockify.'))).toHaveLength(10);
  });

  it('is logging, starting, stopping and creating, and nothing else that writes', () => {
    const writes = permitted.filter(({ candidate }) => candidate.operation.isWrite);
    expect(writes.map(({ name, permission: { deed } }) => `${deed}: ${name}`).sort()).toEqual([
      'create: clockify.create_client',
      'create: clockify.create_project',
      'create: clockify.create_tag',
      'create: clockify.create_task',
      'log: clockify.create_time_entry',
      'start: clockify.start_timer',
      'stop: clockify.stop_timer',
    ]);
  });

  it('is reading, of what is no secret and no file', () => {
    const reads = permitted.filter(({ candidate }) => !candidate.operation.isWrite);
    expect(reads.every(({ permission: { deed } }) => deed === 'read')).toBe(true);
    expect(reads.map(({ name }) => name).sort()).toEqual([
      'clockify.attendance_report',
      'clockify.current_timer',
      'clockify.detailed_report',
      'clockify.expense_report',
      'clockify.find_invoices',
      'clockify.find_users',
      'clockify.get_client',
      'clockify.get_expense',
      'clockify.get_invoice',
      'clockify.get_member_profile',
      'clockify.get_project',
      'clockify.get_project_totals',
      'clockify.get_shared_report',
      'clockify.get_tag',
      'clockify.get_task',
      'clockify.get_time_entry',
      'clockify.get_time_off_policy',
      'clockify.get_user',
      'clockify.get_user_totals',
      'clockify.get_workspace',
      'clockify.list_approval_requests',
      'clockify.list_assignments',
      'clockify.list_clients',
      'clockify.list_created_entities',
      'clockify.list_custom_fields',
      'clockify.list_deleted_entities',
      'clockify.list_expense_categories',
      'clockify.list_expenses',
      'clockify.list_groups',
      'clockify.list_holidays',
      'clockify.list_holidays_in_period',
      'clockify.list_invoice_payments',
      'clockify.list_invoices',
      'clockify.list_policy_balances',
      'clockify.list_project_custom_fields',
      'clockify.list_project_totals',
      'clockify.list_projects',
      'clockify.list_running_timers',
      'clockify.list_shared_reports',
      'clockify.list_tags',
      'clockify.list_tasks',
      'clockify.list_time_entries',
      'clockify.list_time_off_policies',
      'clockify.list_time_off_requests',
      'clockify.list_updated_entities',
      'clockify.list_user_balances',
      'clockify.list_user_managers',
      'clockify.list_user_totals',
      'clockify.list_users',
      'clockify.list_workspaces',
      'clockify.summary_report',
      'clockify.weekly_report',
      'slack.lookup_user',
    ]);
  });

  it('has a form whose every field exists', () => {
    for (const { candidate, permission, name } of permitted) {
      if (permission.fields === 'all') continue;
      const known = Object.keys(flatParameters(candidate.operation)['properties'] as object);
      const unknown = [...permission.fields].filter((field) => !known.includes(field));
      expect({ name, unknown }).toEqual({ name, unknown: [] });
    }
  });

  it('is never what is new, or what turned into a write', () => {
    const [{ candidate }] = permitted.filter(({ name }) => name === 'clockify.list_clients') as [
      (typeof permitted)[number],
    ];
    const { integration, operation } = candidate;
    expect(permissionOf({ integration, operation: { ...operation, name: 'list_robots' } })).toBeUndefined();
    expect(permissionOf({ integration, operation: { ...operation, isWrite: true } })).toBeUndefined();
    expect(permissionOf({ integration: new FakeIntegration('other'), operation })).toBeUndefined();
  });
});
