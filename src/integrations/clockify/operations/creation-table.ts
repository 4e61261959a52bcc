import type { Params } from '../../integration.js';

/** How to find out whether a creation took place: where to look, and what must be the same. */
export interface CreationLookup {
  /** The vendor's operation that lists what was created. */
  readonly list: string;
  /** Params of the list beside the path's, from the body of the creation; `userId` is filled in where the path asks. */
  readonly query?: (body: Params) => Params;
  /** More params that spare pages. What a search misses is looked for without them, before it counts as not there. */
  readonly narrow?: (body: Params) => Params;
  /** Fields of the body, and where the found object has them. A field that was not sent must be empty there. */
  readonly same: Readonly<Record<string, string>>;
  /** Fields that are compared only where they were sent, because Clockify fills them in. */
  readonly sameIfSent?: Readonly<Record<string, string>>;
  /** Where the found object says when it began; it cannot have begun before the creation unless a `start` was sent. */
  readonly beginsAt?: string;
}

const byName = (
  list: string,
  { narrow = {}, query = {} }: { narrow?: Params; query?: Params } = {},
): CreationLookup => ({
  list,
  query: () => query,
  narrow: ({ name }) => ({ name, ...narrow }),
  same: { name: 'name' },
});

const STRICT = { narrow: { 'strict-name-search': true } };

const DAY_MS = 86_400_000;
const LONGEST_SEARCH = 100;

/** Entries that start around then; a day on either side, because Clockify reads the window in the account's zone. */
function around(start: unknown): Params {
  const startMs = typeof start === 'string' ? Date.parse(start) : Number.NaN;
  if (Number.isNaN(startMs)) return {};
  return {
    start: new Date(startMs - DAY_MS).toISOString(),
    end: new Date(startMs + DAY_MS).toISOString(),
  };
}

const timeEntry: CreationLookup = {
  list: 'getTimeEntries',
  query: ({ start }) => around(start),
  narrow: ({ description }) =>
    typeof description === 'string' && description.trim() !== ''
      ? { description: description.trim().slice(0, LONGEST_SEARCH) }
      : {},
  same: { description: 'description', taskId: 'taskId', tagIds: 'tagIds' },
  sameIfSent: {
    start: 'timeInterval.start',
    end: 'timeInterval.end',
    projectId: 'projectId',
  },
  beginsAt: 'timeInterval.start',
};

/** Creations that can be read back. All others that fail half-way answer that their outcome is unknown. */
export const CREATION_LOOKUPS: Readonly<Record<string, CreationLookup>> = {
  createTimeEntry: timeEntry,
  createForOthers: timeEntry,
  createClient: byName('getClients'),
  createNewProject: byName('getProjects', STRICT),
  createProjectFromTemplate: byName('getProjects', STRICT),
  createTask: byName('getTasks', STRICT),
  createNewTag: byName('getTags', STRICT),
  createUserGroup: byName('getUserGroups'),
  createExpenseCategory: byName('getCategories'),
  create: byName('ofWorkspace'),
  createPolicy: byName('findPoliciesForWorkspace', { query: { status: 'ALL' } }),
  createWorkspace: { list: 'getWorkspacesOfUser', same: { name: 'name' } },
  createHoliday: {
    list: 'getHolidays',
    same: { name: 'name' },
    sameIfSent: {
      'datePeriod.startDate': 'datePeriod.startDate',
      'datePeriod.endDate': 'datePeriod.endDate',
    },
  },
  createInvoice: {
    list: 'getInvoices',
    same: { number: 'number', clientId: 'clientId' },
  },
  createWebhook: {
    list: 'getWebhooks',
    same: { url: 'url', webhookEvent: 'webhookEvent' },
    sameIfSent: { name: 'name', triggerSourceType: 'triggerSourceType' },
  },
  saveSharedReportV1: { list: 'getSharedReportsV1', same: { name: 'name' } },
};
