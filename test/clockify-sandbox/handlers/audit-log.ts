import { AsIs, type SandboxCall, type SandboxHandlers } from '../sandbox-call.js';
import { type Fields, fieldsOf, listOf } from '../sandbox-entity.js';
import type { Change, SandboxState } from '../sandbox-state.js';

const VERBS = { created: 'CREATE', updated: 'UPDATE', deleted: 'DELETE' } as const;
const THINGS: Readonly<Record<string, string>> = {
  projects: 'PROJECT',
  tasks: 'TASK',
  clients: 'CLIENT',
  tags: 'TAG',
  expenses: 'EXPENSE',
};

/** Who did what to projects, tasks, clients, tags, expenses and time; everything was done by the one user there is. */
export const auditLogHandlers: SandboxHandlers = {
  getAuditLogs: (call, state) => new AsIs({ response: entries(call, state) }),
};

function entries(call: SandboxCall, state: SandboxState): Fields[] {
  const { actions, authors, start, end, page = 1, 'page-size': size = 20 } = call.body;
  const { authorIds, contains } = fieldsOf(authors);
  const isAsked = listOf(authorIds).includes(call.user.id) === (contains === 'CONTAINS');
  if (!isAsked) return [];
  const wanted = state
    .changes(call.workspaceId)
    .filter(({ atMs }) => atMs >= Date.parse(String(start)) && atMs <= Date.parse(String(end)))
    .map((change) => entryOf(change, call))
    .filter(({ action }) => listOf(actions).includes(action));
  const first = (Number(page) - 1) * Number(size);
  return wanted.slice(first, first + Number(size));
}

function entryOf(change: Change, { user, workspaceId }: SandboxCall): Fields {
  const content = JSON.stringify(change.document);
  return {
    action: actionOf(change),
    content: change.kind === 'deleted' ? 'null' : content,
    previousContent: change.kind === 'created' ? 'null' : content,
    timestamp: new Date(change.atMs).toISOString(),
    userEmail: String(user['email']),
    userId: user.id,
    userName: String(user['name']),
    workspaceId,
  };
}

function actionOf({ kind, collection }: Change): string {
  if (collection !== 'timeEntries') return `${VERBS[kind]}_${THINGS[collection] ?? collection}`;
  return kind === 'created' ? 'CREATE_TIME_PERSONAL_MANUAL' : `${VERBS[kind]}_TIME_PERSONAL`;
}
