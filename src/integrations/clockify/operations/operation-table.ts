import type { Params } from '../../integration.js';

/** A name that users know, over one operation of the vendor's. */
export interface NamedOperation {
  readonly name: string;
  /** The vendor's operation id. */
  readonly id: string;
  readonly summary: string;
  readonly tag: string;
  /** The name of the list in the answer. */
  readonly listName?: string;
  /** `userId` may be left out and is then the user that the credential belongs to. */
  readonly isForMe?: true;
  readonly example?: Params;
  /**
   * Fields of the body that its document calls optional, but without which Clockify refuses, or does something else than
   * the name says.
   */
  readonly requires?: readonly string[];
}

type Entry = readonly [
  name: string,
  id: string,
  summary: string,
  more?: Partial<Omit<NamedOperation, 'name' | 'id' | 'summary' | 'tag'>>,
];

const WORKSPACE = { workspaceId: '64a687e29ae1f428e7ebe303' };
const START = '2026-01-05T09:00:00Z';
const END = '2026-01-05T10:30:00Z';
const RANGE = { dateRangeStart: '2026-01-05T00:00:00', dateRangeEnd: '2026-01-11T23:59:59' };
const list = (listName: string) => ({ listName });
const NEEDS_NAME = { requires: ['name'] };
/** Without one Clockify starts a timer, which is start_timer's to do: time whose start got lost must not. */
const NEEDS_START = { requires: ['start'] };
const body = (fields: Params, path: Params = {}) => ({ example: { ...WORKSPACE, ...path, body: fields } });

/** Every operation of the vendor's under a name in words, by subject. */
const TABLE: Readonly<Record<string, readonly Entry[]>> = {
  users: [
    ['get_user', 'getLoggedUser', 'Get the current user', { example: {} }],
    ['list_users', 'getUsersOfWorkspace', 'List the users of a workspace', list('users')],
    ['find_users', 'filterUsersOfWorkspace', 'Find users by filters', list('users')],
    ['invite_user', 'addUsers', 'Add a user to a workspace by e-mail address'],
    ['update_user_status', 'updateUserStatus', 'Activate or deactivate a user'],
    ['get_member_profile', 'getMemberProfile', 'Get the profile of a member', { isForMe: true }],
    ['update_member_profile', 'updateMemberProfileWithAdditionalData', 'Update the profile of a member'],
    ['list_user_managers', 'getManagersOfUser', 'List the managers of a user', list('users')],
    ['set_user_custom_field', 'upsertUserCustomFieldValue', "Set a user's value of a custom field"],
    ['set_user_hourly_rate', 'setHourlyRateForUser', 'Set the billable rate of a user'],
    ['set_user_cost_rate', 'setCostRateForUser', 'Set the cost rate of a user'],
    ['add_user_role', 'createUserRole', 'Give a user a role', list('roles')],
    ['remove_user_role', 'deleteUserRole', 'Take a role from a user'],
    ['upload_image', 'uploadImage', 'Upload an image, for a profile picture'],
  ],
  workspaces: [
    ['list_workspaces', 'getWorkspacesOfUser', 'List all workspaces', { ...list('workspaces'), example: {} }],
    ['get_workspace', 'getWorkspaceOfUser', 'Get a workspace'],
    ['create_workspace', 'createWorkspace', 'Create a workspace', NEEDS_NAME],
    ['set_workspace_hourly_rate', 'setWorkspaceHourlyRate', 'Set the billable rate of a workspace'],
    ['set_workspace_cost_rate', 'setWorkspaceCostRate', 'Set the cost rate of a workspace'],
  ],
  clients: [
    ['list_clients', 'getClients', 'List the clients of a workspace', list('clients')],
    ['get_client', 'getClient', 'Get a client'],
    ['create_client', 'createClient', 'Create a client', { ...body({ name: 'Acme' }), ...NEEDS_NAME }],
    ['update_client', 'updateClient', 'Replace the fields of a client; archived: true archives it'],
    ['delete_client', 'deleteClient', 'Delete an archived client'],
  ],
  projects: [
    ['list_projects', 'getProjects', 'List the projects of a workspace', list('projects')],
    ['get_project', 'getProject', 'Get a project'],
    [
      'create_project',
      'createNewProject',
      'Create a project',
      { ...body({ name: 'Website' }), ...NEEDS_NAME },
    ],
    ['create_project_from_template', 'createProjectFromTemplate', 'Create a project from a template'],
    ['update_project', 'updateProject', 'Replace the fields of a project; archived: true archives it'],
    ['delete_project', 'deleteProject', 'Delete an archived project'],
    ['update_project_estimate', 'updateEstimate', 'Set the estimate of a project'],
    ['update_project_memberships', 'updateMemberships', 'Replace the memberships of a project'],
    ['add_project_members', 'addUsersToProject', 'Add users or groups to a project'],
    ['set_project_template', 'updateIsProjectTemplate', 'Make a project a template, or no longer one'],
    ['set_project_user_hourly_rate', 'addUsersHourlyRate', 'Set the billable rate of a user on a project'],
    ['set_project_user_cost_rate', 'addUsersCostRate', 'Set the cost rate of a user on a project'],
  ],
  tasks: [
    ['list_tasks', 'getTasks', 'List the tasks of a project', list('tasks')],
    ['get_task', 'getTask', 'Get a task'],
    ['create_task', 'createTask', 'Create a task'],
    ['update_task', 'updateTask', 'Replace the fields of a task; status DONE closes it'],
    ['delete_task', 'deleteTask', 'Delete a task that is done'],
    ['set_task_hourly_rate', 'setTaskHourlyRate', 'Set the billable rate of a task'],
    ['set_task_cost_rate', 'setTaskCostRate', 'Set the cost rate of a task'],
  ],
  tags: [
    ['list_tags', 'getTags', 'List the tags of a workspace', list('tags')],
    ['get_tag', 'getTag', 'Get a tag'],
    ['create_tag', 'createNewTag', 'Create a tag', { ...body({ name: 'Meeting' }), ...NEEDS_NAME }],
    ['update_tag', 'updateTag', 'Replace the fields of a tag'],
    ['delete_tag', 'deleteTag', 'Delete a tag'],
  ],
  'time-entries': [
    [
      'create_time_entry',
      'createTimeEntry',
      'Create a time entry; without an end it is a running timer',
      { ...body({ start: START, end: END, description: 'Weekly report' }), ...NEEDS_START },
    ],
    [
      'list_time_entries',
      'getTimeEntries',
      'List time entries of a user',
      { ...list('timeEntries'), isForMe: true },
    ],
    ['get_time_entry', 'getTimeEntry', 'Get a time entry'],
    ['update_time_entry', 'updateTimeEntry', 'Replace the fields of a time entry'],
    ['delete_time_entry', 'deleteTimeEntry', 'Delete a time entry'],
    ['list_running_timers', 'getInProgressTimeEntries', 'List running timers', list('timeEntries')],
    [
      'duplicate_time_entry',
      'duplicateTimeEntry',
      'Create a time entry with the fields of another',
      { isForMe: true },
    ],
    [
      'create_time_entry_for_user',
      'createForOthers',
      'Create a time entry for another user',
      {
        ...body(
          { start: START, end: END, description: 'Weekly report' },
          { userId: '5b715612b079875110791432' },
        ),
        ...NEEDS_START,
      },
    ],
    [
      'update_time_entries',
      'replaceMany',
      'Replace many time entries',
      { ...list('timeEntries'), isForMe: true },
    ],
    [
      'delete_time_entries',
      'deleteMany',
      'Delete many time entries',
      { ...list('timeEntries'), isForMe: true },
    ],
    ['mark_time_entries_invoiced', 'updateInvoicedStatus', 'Mark time entries as invoiced or not'],
  ],
  groups: [
    ['list_groups', 'getUserGroups', 'List the user groups of a workspace', list('groups')],
    ['create_group', 'createUserGroup', 'Create a user group', NEEDS_NAME],
    ['update_group', 'updateUserGroup', 'Rename a user group'],
    ['delete_group', 'deleteUserGroup', 'Delete a user group'],
    ['add_group_user', 'addUser', 'Add a user to a group'],
    ['remove_group_user', 'deleteUser', 'Take a user out of a group'],
  ],
  'custom-fields': [
    ['list_custom_fields', 'ofWorkspace', 'List the custom fields of a workspace', list('customFields')],
    ['create_custom_field', 'create', 'Create a custom field'],
    ['update_custom_field', 'editCustomField', 'Replace the fields of a custom field'],
    ['delete_custom_field', 'delete', 'Delete a custom field'],
    [
      'list_project_custom_fields',
      'getCustomFieldsOfProject',
      'List the custom fields of a project',
      list('customFields'),
    ],
    [
      'set_project_custom_field_default',
      'editProjectCustomFieldDefaultValue',
      'Set the default value of a custom field on a project',
    ],
    [
      'remove_project_custom_field_default',
      'removeDefaultValueOfProject',
      'Remove the default value of a custom field on a project',
    ],
  ],
  expenses: [
    ['list_expenses', 'getExpenses', 'List expenses'],
    ['get_expense', 'getExpense', 'Get an expense'],
    ['create_expense', 'createExpense', 'Create an expense with its receipt'],
    ['update_expense', 'updateExpense', 'Replace the fields of an expense'],
    ['delete_expense', 'deleteExpense', 'Delete an expense'],
    ['download_expense_file', 'downloadFile', 'Download the receipt of an expense'],
    ['list_expense_categories', 'getCategories', 'List expense categories'],
    ['create_expense_category', 'createExpenseCategory', 'Create an expense category'],
    ['update_expense_category', 'updateCategory', 'Replace the fields of an expense category'],
    ['archive_expense_category', 'updateExpenseCategoryStatus', 'Archive or restore an expense category'],
    ['delete_expense_category', 'deleteCategory', 'Delete an archived expense category'],
  ],
  invoices: [
    ['list_invoices', 'getInvoices', 'List invoices'],
    ['find_invoices', 'getInvoicesInfo', 'Find invoices by filters'],
    ['get_invoice', 'getInvoice', 'Get an invoice'],
    ['create_invoice', 'createInvoice', 'Create an invoice'],
    ['update_invoice', 'updateInvoice', 'Replace the fields of an invoice'],
    ['delete_invoice', 'deleteInvoice', 'Delete an invoice'],
    ['duplicate_invoice', 'duplicateInvoice', 'Create an invoice with the fields of another'],
    ['export_invoice', 'exportInvoice', 'Export an invoice as a file'],
    ['change_invoice_status', 'changeInvoiceStatus', 'Change the status of an invoice'],
    ['add_invoice_item', 'addInvoiceItem', 'Add an item to an invoice'],
    [
      'import_invoice_items',
      'importTimeEntriesAndExpenses',
      'Import time entries and expenses into an invoice',
    ],
    ['remove_invoice_item', 'removeInvoiceItem', 'Remove an item from an invoice'],
    ['list_invoice_payments', 'getPaymentsForInvoice', 'List the payments of an invoice', list('payments')],
    ['create_invoice_payment', 'createInvoicePayment', 'Record a payment of an invoice'],
    ['delete_invoice_payment', 'deletePaymentById', 'Delete a payment of an invoice'],
    ['get_invoice_settings', 'getInvoiceSettings', 'Get how invoices look'],
    ['update_invoice_settings', 'updateInvoiceSettings', 'Change how invoices look'],
  ],
  approvals: [
    ['list_approval_requests', 'getApprovalRequests', 'List approval requests', list('approvalRequests')],
    ['create_approval_request', 'createApprrovalRequest', 'Submit time for approval'],
    ['create_approval_request_for_user', 'createApprovalForOther', "Submit another user's time for approval"],
    ['update_approval_status', 'updateApprovalStatus', 'Approve, reject or withdraw an approval request'],
    ['resubmit_approval_request', 'resubmitApprovalRequest', 'Submit changed time for approval again'],
    [
      'resubmit_approval_request_for_user',
      'resubmitApprovalRequestForOther',
      "Submit another user's changed time for approval again",
    ],
  ],
  'time-off': [
    ['list_time_off_policies', 'findPoliciesForWorkspace', 'List time off policies', list('policies')],
    ['get_time_off_policy', 'getPolicy', 'Get a time off policy'],
    ['create_time_off_policy', 'createPolicy', 'Create a time off policy'],
    ['update_time_off_policy', 'updatePolicy', 'Replace the fields of a time off policy'],
    ['set_time_off_policy_status', 'updatePolicyStatus', 'Archive or activate a time off policy'],
    ['delete_time_off_policy', 'deletePolicy', 'Delete an archived time off policy'],
    ['list_time_off_requests', 'getTimeOffRequest', 'List time off requests'],
    ['create_time_off_request', 'createTimeOffRequest', 'Request time off'],
    ['create_time_off_request_for_user', 'createTimeOffRequestForOther', 'Request time off for another user'],
    ['change_time_off_request_status', 'changeTimeOffRequestStatus', 'Approve or reject a time off request'],
    ['delete_time_off_request', 'deleteTimeOffRequest', 'Delete a pending time off request'],
    ['list_policy_balances', 'getBalancesForPolicy', 'List the balances of a time off policy'],
    ['list_user_balances', 'getBalancesForUser', 'List the time off balances of a user', { isForMe: true }],
    ['update_balance', 'updateBalance', 'Change the time off balance of users'],
  ],
  holidays: [
    ['list_holidays', 'getHolidays', 'List holidays', list('holidays')],
    ['list_holidays_in_period', 'getHolidaysInPeriod', 'List the holidays of a period', list('holidays')],
    ['create_holiday', 'createHoliday', 'Create a holiday'],
    ['update_holiday', 'updateHoliday', 'Replace the fields of a holiday'],
    ['delete_holiday', 'deleteHoliday', 'Delete a holiday'],
  ],
  scheduling: [
    ['list_assignments', 'getAllAssignments', 'List the assignments of a period', list('assignments')],
    ['create_assignment', 'createRecurring', 'Create an assignment, once or recurring', list('assignments')],
    ['update_assignment', 'editRecurring', 'Change an assignment', list('assignments')],
    [
      'change_assignment_recurrence',
      'editRecurringPeriod',
      'Change how an assignment recurs',
      list('assignments'),
    ],
    ['copy_assignment', 'copyAssignment', 'Copy an assignment to a user', list('assignments')],
    ['delete_assignment', 'deleteRRecurringAssignment', 'Delete an assignment', list('assignments')],
    ['publish_assignments', 'publishAssignments', 'Publish the assignments of a period'],
    ['list_project_totals', 'getFilteredProjectTotals', 'List scheduled totals of projects', list('totals')],
    ['get_project_totals', 'getProjectTotalsForSingleProject', 'Get the scheduled totals of a project'],
    ['list_user_totals', 'getUserTotals', 'List scheduled totals of users', list('totals')],
    [
      'get_user_totals',
      'getUserTotalsForSingleUser',
      'Get the scheduled totals of a user',
      { isForMe: true },
    ],
  ],
  webhooks: [
    ['list_webhooks', 'getWebhooks', 'List webhooks'],
    ['list_addon_webhooks', 'getAddonWebhooks', 'List the webhooks of an add-on'],
    ['get_webhook', 'getWebhook', 'Get a webhook'],
    ['create_webhook', 'createWebhook', 'Create a webhook'],
    ['update_webhook', 'updateWebhook', 'Replace the fields of a webhook'],
    ['delete_webhook', 'deleteWebhook', 'Delete a webhook'],
    ['rotate_webhook_token', 'generateNewToken', 'Give a webhook a new token'],
    ['list_webhook_logs', 'getLogsForWebhook', 'List the deliveries of a webhook', list('logs')],
  ],
  reports: [
    [
      'summary_report',
      'generateSummaryReport',
      'Sum time by groups',
      body({ ...RANGE, summaryFilter: { groups: ['PROJECT', 'TASK'] } }),
    ],
    [
      'detailed_report',
      'generateDetailedReport',
      'List the time entries of a period, of all users',
      body({ ...RANGE, detailedFilter: { page: 1, pageSize: 50 } }),
    ],
    [
      'weekly_report',
      'generateWeeklyReport',
      'Sum the time of exactly seven days by day',
      body({ ...RANGE, weeklyFilter: { group: 'USER', subgroup: 'TIME' } }),
    ],
    ['attendance_report', 'generateAttendanceReport', 'List the attendance of a period'],
    ['expense_report', 'generateDetailedReportV1', 'List the expenses of a period', body(RANGE)],
    ['list_shared_reports', 'getSharedReportsV1', 'List shared reports'],
    ['get_shared_report', 'generateSharedReportV1', 'Get the content of a shared report'],
    ['create_shared_report', 'saveSharedReportV1', 'Share a report'],
    ['update_shared_report', 'updateSharedReportV1', 'Change a shared report'],
    ['delete_shared_report', 'deleteSharedReportV1', 'Delete a shared report'],
  ],
  'audit-log': [
    [
      'audit_log',
      'getAuditLogs',
      'List who did what in a period',
      body({
        start: START,
        end: END,
        actions: ['CREATE_PROJECT', 'UPDATE_PROJECT', 'DELETE_PROJECT'],
        authors: { authorIds: ['SYSTEM'], contains: 'DOES_NOT_CONTAIN' },
      }),
    ],
  ],
  'entity-changes': [
    ['list_created_entities', 'getCreatedEntityInfo', 'List what was created in a period'],
    ['list_updated_entities', 'getUpdatedEntityInfo', 'List what was updated in a period'],
    ['list_deleted_entities', 'getDeletedEntityInfo', 'List what was deleted in a period'],
  ],
};

export const NAMED_OPERATIONS: readonly NamedOperation[] = Object.entries(TABLE).flatMap(([tag, entries]) =>
  entries.map(([name, id, summary, more]) => ({ name, id, summary, tag, ...more })),
);

/** Sent with POST because their filters are long; they change nothing, so that repeating them is safe. */
export const READING_POSTS: ReadonlySet<string> = new Set([
  'filterUsersOfWorkspace',
  'getFilteredProjectTotals',
  'getInvoicesInfo',
  'getLogsForWebhook',
  'getTimeOffRequest',
  'getUserTotals',
  'generateAttendanceReport',
  'generateDetailedReport',
  'generateDetailedReportV1',
  'generateSummaryReport',
  'generateWeeklyReport',
  'getAuditLogs',
]);
