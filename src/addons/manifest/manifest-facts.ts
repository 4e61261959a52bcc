/** The versions of the vendor's manifest schema whose rules are known here. */
export const MANIFEST_VERSIONS = ['1.2', '1.3', '1.4', '1.6'] as const;
export type ManifestVersion = (typeof MANIFEST_VERSIONS)[number];

export const PLANS = ['FREE', 'BASIC', 'STANDARD', 'PRO', 'ENTERPRISE'] as const;
export type Plan = (typeof PLANS)[number];

const THINGS = [
  'CLIENT',
  'PROJECT',
  'TAG',
  'TASK',
  'TIME_ENTRY',
  'EXPENSE',
  'INVOICE',
  'USER',
  'GROUP',
  'WORKSPACE',
  'CUSTOM_FIELDS',
  'APPROVAL',
  'SCHEDULING',
  'REPORTS',
  'TIME_OFF',
] as const;
export type ManifestScope = `${(typeof THINGS)[number]}_${'READ' | 'WRITE'}`;
export const MANIFEST_SCOPES: readonly ManifestScope[] = THINGS.flatMap((thing): ManifestScope[] => [
  `${thing}_READ`,
  `${thing}_WRITE`,
]);

export const LIFECYCLE_TYPES = ['INSTALLED', 'DELETED', 'SETTINGS_UPDATED', 'STATUS_CHANGED'] as const;
export const ACCESS_LEVELS = ['ADMINS', 'EVERYONE'] as const;
export const SETTING_TYPES = [
  'TXT',
  'NUMBER',
  'DROPDOWN_SINGLE',
  'DROPDOWN_MULTIPLE',
  'CHECKBOX',
  'LINK',
  'USER_DROPDOWN_SINGLE',
  'USER_DROPDOWN_MULTIPLE',
] as const;

/** What every version since the second lets an add-on subscribe to, the most wanted first. */
const NARROW_EVENTS = [
  'NEW_TIME_ENTRY',
  'TIME_ENTRY_UPDATED',
  'TIME_ENTRY_DELETED',
  'NEW_TIMER_STARTED',
  'TIMER_STOPPED',
  'NEW_PROJECT',
  'NEW_CLIENT',
  'NEW_TASK',
  'NEW_TAG',
  'NEW_APPROVAL_REQUEST',
  'APPROVAL_REQUEST_STATUS_UPDATED',
  'TIME_OFF_REQUESTED',
  'TIME_OFF_REQUEST_APPROVED',
  'TIME_OFF_REQUEST_REJECTED',
  'TIME_OFF_REQUEST_WITHDRAWN',
  'NEW_INVOICE',
  'INVOICE_UPDATED',
  'USER_JOINED_WORKSPACE',
  'USER_DELETED_FROM_WORKSPACE',
  'USER_DEACTIVATED_ON_WORKSPACE',
  'USER_ACTIVATED_ON_WORKSPACE',
  'BALANCE_UPDATED',
];
const WIDE_EVENTS = [
  ...NARROW_EVENTS,
  'PROJECT_UPDATED',
  'PROJECT_DELETED',
  'TASK_UPDATED',
  'TASK_DELETED',
  'CLIENT_UPDATED',
  'CLIENT_DELETED',
  'TAG_UPDATED',
  'TAG_DELETED',
  'EXPENSE_CREATED',
  'EXPENSE_UPDATED',
  'EXPENSE_DELETED',
  'ASSIGNMENT_CREATED',
  'ASSIGNMENT_UPDATED',
  'ASSIGNMENT_DELETED',
  'ASSIGNMENT_PUBLISHED',
  'USER_UPDATED',
  'USER_EMAIL_CHANGED',
  'USER_GROUP_CREATED',
  'USER_GROUP_UPDATED',
  'USER_GROUP_DELETED',
];
const NEWEST_EVENTS = [
  ...WIDE_EVENTS,
  'BILLABLE_RATE_UPDATED',
  'COST_RATE_UPDATED',
  'EXPENSE_RESTORED',
  'LIMITED_USERS_ADDED_TO_WORKSPACE',
  'TIME_ENTRY_RESTORED',
  'TIME_ENTRY_SPLIT',
  'TIME_OFF_REQUEST_STARTED',
  'TIME_OFF_REQUEST_UPDATED',
  'USERS_INVITED_TO_WORKSPACE',
];

const TABS = [
  'sidebar',
  'widget',
  'timeoff.tab',
  'schedule.tab',
  'approvals.tab',
  'reports.tab',
  'activity.tab',
  'team.tab',
  'projects.tab',
];

export interface ManifestRules {
  requiredKeys: readonly string[];
  requiredOfComponents: readonly string[];
  events: readonly string[];
  webhooksMax: number;
  componentTypes: readonly string[];
  longestLabel: number;
}

const REQUIRED = ['key', 'name', 'baseUrl', 'minimalSubscriptionPlan'];
const OF_COMPONENTS = ['type', 'accessLevel', 'path', 'label'];

/** What each version asks for, beside what they have in common. */
export const MANIFEST_RULES: Readonly<Record<ManifestVersion, ManifestRules>> = {
  '1.2': {
    requiredKeys: [...REQUIRED, 'scopes'],
    requiredOfComponents: ['type', 'accessLevel', 'path'],
    events: WIDE_EVENTS,
    webhooksMax: 10,
    componentTypes: TABS,
    longestLabel: 25,
  },
  '1.3': {
    requiredKeys: REQUIRED,
    requiredOfComponents: OF_COMPONENTS,
    events: NARROW_EVENTS,
    webhooksMax: 10,
    componentTypes: TABS,
    longestLabel: Infinity,
  },
  '1.4': {
    requiredKeys: REQUIRED,
    requiredOfComponents: OF_COMPONENTS,
    events: NARROW_EVENTS,
    webhooksMax: 10,
    componentTypes: [...TABS, 'invoices.action'],
    longestLabel: Infinity,
  },
  '1.6': {
    requiredKeys: REQUIRED,
    requiredOfComponents: OF_COMPONENTS,
    events: NEWEST_EVENTS,
    webhooksMax: 20,
    componentTypes: [...TABS, 'invoices.action', 'timeentries.action.uiblocks'],
    longestLabel: Infinity,
  },
};
