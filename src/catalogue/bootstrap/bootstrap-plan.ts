import type { Params } from '../../integrations/integration.js';
import type {
  IndexedOperation,
  OperationIndex,
} from '../../integrations/clockify/operations/operation-index.js';

const DAY_MS = 86_400_000;

/** What the params of an operation are made from. */
export interface Surroundings {
  workspaceId: string;
  userId: string;
  now: Date;
  /** From when on changes are of interest. */
  since: Date;
}

export interface PlanOptions {
  hasHeavy: boolean;
  hasTimeEntries: boolean;
}

export type RunKind = 'full' | 'changes';

/** What changed, by what happened to it; asked last, so that what changed while lists were read is known. */
export const CHANGES = ['getCreatedEntityInfo', 'getUpdatedEntityInfo', 'getDeletedEntityInfo'] as const;
export const PROFILE = 'getLoggedUser';
export const WORKSPACE = 'getWorkspaceOfUser';

/** In this order; what is not named here comes behind, as the index has it. */
const FIRST = [
  PROFILE,
  WORKSPACE,
  'getWorkspacesOfUser',
  'getClients',
  'getProjects',
  'getTags',
  'getUsersOfWorkspace',
  'getUserGroups',
];

/** Changes of these are in no list of changes, so that they are read as a whole. */
const IN_NO_CHANGES = [PROFILE, 'getUsersOfWorkspace', 'getUserGroups'];

/** What the things of a list are called; those of others are called after the operation. */
const TYPES: Readonly<Record<string, string>> = {
  [WORKSPACE]: 'workspace',
  getWorkspacesOfUser: 'workspaceOfUser',
  getClients: 'client',
  getProjects: 'project',
  getTags: 'tag',
  getUsersOfWorkspace: 'user',
  getUserGroups: 'userGroup',
  ofWorkspace: 'customField',
  getApprovalRequests: 'approvalRequest',
  getExpenses: 'expense',
  getCategories: 'expenseCategory',
  getHolidays: 'holiday',
  getHolidaysInPeriod: 'holidayInPeriod',
  getInvoices: 'invoice',
  getInvoiceSettings: 'invoiceSettings',
  getAllAssignments: 'assignment',
  getInProgressTimeEntries: 'timeEntryInProgress',
  findPoliciesForWorkspace: 'timeOffPolicy',
  getWebhooks: 'webhook',
  getSharedReportsV1: 'sharedReport',
};

/** Of the lists of changes, what is asked for; what is answered may be called by the singular. */
const CHANGED_TYPES = ['CLIENTS', 'PROJECTS', 'TASKS', 'TAGS'];

/** Params beyond those of the path: what an operation requires, and what makes its answer fit. */
const PARAMS: Readonly<Record<string, (around: Surroundings) => Params>> = {
  // Only so the tasks are there: asked for by project they would cost a request for each.
  getProjects: () => ({ hydrated: true }),
  // How a user stands with the workspace is in the memberships alone.
  getUsersOfWorkspace: () => ({ memberships: 'WORKSPACE', 'include-roles': false }),
  findPoliciesForWorkspace: () => ({ status: 'ALL' }),
  getHolidaysInPeriod: ({ userId, now }) => ({ 'assigned-to': userId, ...period(now, -30, 365) }),
  getAllAssignments: ({ now }) => period(now, -30, 90),
  ...Object.fromEntries(CHANGES.map((id) => [id, changesSince])),
};

/** Every operation that only reads and needs nothing but the workspace; derived, so that a new one is in it. */
export function plannedOperations(
  index: OperationIndex,
  kind: RunKind,
  options: PlanOptions,
): readonly IndexedOperation[] {
  const wanted = index.operations.filter(
    (operation) => isSafe(operation) && isWanted(operation, options) && isOf(kind, operation.id),
  );
  return wanted.toSorted((a, b) => rankOf(a.id) - rankOf(b.id));
}

export function paramsFor({ id }: IndexedOperation, around: Surroundings): Params {
  return { workspaceId: around.workspaceId, ...PARAMS[id]?.(around) };
}

export function typeOf({ id }: Pick<IndexedOperation, 'id'>): string {
  return TYPES[id] ?? id;
}

export function isChanges(id: string): boolean {
  return (CHANGES as readonly string[]).includes(id);
}

/** The type of the catalogue for a code of the lists of changes. */
export function changedType(code: unknown): string | undefined {
  if (typeof code !== 'string') return undefined;
  const singular = code.toUpperCase().replace(/S$/, '');
  return { CLIENT: 'client', PROJECT: 'project', TASK: 'task', TAG: 'tag' }[singular];
}

function isSafe({ method, path, result, host }: IndexedOperation): boolean {
  if (method !== 'GET' || host === 'audit') return false;
  const placeholders = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
  return placeholders.every((name) => name === 'workspaceId') && !['file', 'none'].includes(result.kind);
}

function isWanted({ id, host }: IndexedOperation, { hasHeavy, hasTimeEntries }: PlanOptions): boolean {
  const isHeavy = host === 'reports' || /report|export/i.test(id);
  return (hasHeavy || !isHeavy) && (hasTimeEntries || !/timeEntr/i.test(id));
}

function isOf(kind: RunKind, id: string): boolean {
  return kind === 'full' || isChanges(id) || IN_NO_CHANGES.includes(id);
}

function rankOf(id: string): number {
  if (isChanges(id)) return FIRST.length + 1 + (CHANGES as readonly string[]).indexOf(id);
  const first = FIRST.indexOf(id);
  return first === -1 ? FIRST.length : first;
}

function period(now: Date, fromDays: number, toDays: number): Params {
  const at = (days: number): string => new Date(now.getTime() + days * DAY_MS).toISOString();
  return { start: at(fromDays), end: at(toDays) };
}

function changesSince({ since, now }: Surroundings): Params {
  return {
    type: CHANGED_TYPES,
    start: since.toISOString(),
    end: new Date(now.getTime() + DAY_MS).toISOString(),
  };
}
