import { pathOf, type SandboxCall, type SandboxHandlers } from '../sandbox-call.js';
import { type Entity, type Fields, fieldsOf, listOf, textOf } from '../sandbox-entity.js';
import { invalid, notFound, notInWorkspace } from '../sandbox-refusal.js';
import type { SandboxState } from '../sandbox-state.js';
import { asWallClock, isoDuration, vendorDate } from '../sandbox-time.js';
import { eventOf, hydrated } from './time-entry-views.js';

const ENTRIES = 'timeEntries';

export const timeEntryHandlers: SandboxHandlers = {
  createTimeEntry: (call, state) => create(call, state, call.user.id),
  createForOthers: (call, state) => create(call, state, userOf(call, state)),

  getTimeEntry(call, state) {
    const entry = byPath(call, state);
    return call.query['hydrated'] === true ? hydrated(entry, call.workspaceId, state) : entry;
  },

  getTimeEntries(call, state) {
    const userId = userOf(call, state);
    const entries = matching(call, state, userId).sort((a, b) => startOf(b) - startOf(a));
    return call.query['hydrated'] === true
      ? entries.map((e) => hydrated(e, call.workspaceId, state))
      : entries;
  },

  getInProgressTimeEntries: (call, state) => state.list(call.workspaceId, ENTRIES).filter(isRunning),

  updateTimeEntry: (call, state) => replace(call, state, byPath(call, state), call.body),

  replaceMany(call, state) {
    userOf(call, state);
    const bodies = listOf(call.body['items']).map(fieldsOf);
    const entries = bodies.map((body) => state.get(call.workspaceId, ENTRIES, String(body['id'])));
    return entries.map((entry, i) =>
      replace(call, state, entry, { start: intervalOf(entry)['start'], ...bodies[i] }),
    );
  },

  stopRunningTimeEntry(call, state) {
    const userId = userOf(call, state);
    const running = state.list(call.workspaceId, ENTRIES).find((e) => e['userId'] === userId && isRunning(e));
    if (!running) throw notFound(`User with id ${userId} has no running time entry`);
    return stop(call, state, running, String(call.body['end']));
  },

  duplicateTimeEntry(call, state) {
    const { id: _id, ...original } = byPath(call, state);
    return added(call, state, { ...original, userId: userOf(call, state) });
  },

  deleteTimeEntry(call, state) {
    remove(call, state, byPath(call, state).id);
  },

  deleteMany(call, state) {
    userOf(call, state);
    const ids = listOf(call.query['time-entry-ids']).map(String);
    for (const id of ids) state.get(call.workspaceId, ENTRIES, id);
    return ids.map((id) => remove(call, state, id));
  },

  updateInvoicedStatus(call, state) {
    for (const id of listOf(call.body['timeEntryIds']).map(String)) {
      state.change(call.workspaceId, ENTRIES, id, { invoiced: call.body['invoiced'] });
    }
  },
};

function create(call: SandboxCall, state: SandboxState, userId: string): Entity {
  const { body } = call;
  const source = state.find(call.workspaceId, ENTRIES, call.query['from-entry']);
  const entry = added(call, state, { ...source, ...entryFields(call, state, body), userId });
  return entry;
}

/** A second timer stops the first: nobody has two running. */
function added(call: SandboxCall, state: SandboxState, fields: Fields): Entity {
  if (isRunning(fields)) {
    for (const other of state.all(call.workspaceId, ENTRIES).values()) {
      const isOwn = other['userId'] === fields['userId'] && isRunning(other);
      if (isOwn) stop(call, state, other, String(fieldsOf(fields['timeInterval'])['start']));
    }
  }
  const entry = state.add(call.workspaceId, ENTRIES, { ...fields, id: undefined });
  const event = isRunning(entry) ? 'NEW_TIMER_STARTED' : 'NEW_TIME_ENTRY';
  state.emit(call.workspaceId, event, eventOf(entry, call.workspaceId, state));
  return entry;
}

/** A PUT replaces: whatever the body leaves out is cleared. */
function replace(call: SandboxCall, state: SandboxState, entry: Entity, body: Fields): Entity {
  const wasRunning = isRunning(entry);
  const changed = state.change(call.workspaceId, ENTRIES, entry.id, entryFields(call, state, body));
  const isStop = wasRunning && !isRunning(changed);
  emit(call, state, isStop ? 'TIMER_STOPPED' : 'TIME_ENTRY_UPDATED', changed);
  return changed;
}

function stop(call: SandboxCall, state: SandboxState, entry: Entity, end: string): Entity {
  const timeInterval = interval(String(intervalOf(entry)['start']), end);
  const stopped = state.change(call.workspaceId, ENTRIES, entry.id, { timeInterval });
  emit(call, state, 'TIMER_STOPPED', stopped);
  return stopped;
}

function remove(call: SandboxCall, state: SandboxState, id: string): Entity {
  const entry = state.remove(call.workspaceId, ENTRIES, id);
  emit(call, state, 'TIME_ENTRY_DELETED', entry);
  return entry;
}

function emit(call: SandboxCall, state: SandboxState, event: string, entry: Entity): void {
  state.emit(call.workspaceId, event, eventOf(entry, call.workspaceId, state));
}

/** What a body says about an entry, checked against the workspace. The key `customFieldValues` is read by nobody. */
function entryFields({ workspaceId }: SandboxCall, state: SandboxState, body: Fields): Fields {
  const { projectId, taskId, tagIds, customFields } = body;
  const project = textOf(projectId) ? state.get(workspaceId, 'projects', String(projectId)) : undefined;
  const task = textOf(taskId) ? state.get(workspaceId, 'tasks', String(taskId)) : undefined;
  if (task && task['projectId'] !== project?.id) throw notInWorkspace('Task', task.id);
  for (const tagId of listOf(tagIds)) state.get(workspaceId, 'tags', String(tagId));
  return {
    description: body['description'] ?? '',
    projectId: project?.id ?? null,
    taskId: task?.id ?? null,
    tagIds: listOf(tagIds),
    billable: body['billable'] ?? project?.['billable'] ?? false,
    type: body['type'] ?? 'REGULAR',
    isLocked: false,
    kioskId: null,
    hourlyRate: project?.['hourlyRate'] ?? null,
    costRate: project?.['costRate'] ?? null,
    timeInterval: interval(textOf(body['start']) ?? state.now(), textOf(body['end'])),
    customFieldValues: listOf(customFields).map((field) => ({
      ...fieldsOf(field),
      ...named(state.get(workspaceId, 'customFields', String(fieldsOf(field)['customFieldId']))),
    })),
  };
}

function named(field: Entity): Fields {
  return { name: field['name'], type: field['type'] };
}

function interval(start: string, end: string | undefined): Fields {
  if (end === undefined) return { start: vendorDate(start), end: null, duration: null };
  const ms = Date.parse(end) - Date.parse(start);
  if (ms < 0) throw invalid(`Start time ${start} must be before end time ${end}`);
  return { start: vendorDate(start), end: vendorDate(end), duration: isoDuration(ms) };
}

function matching(call: SandboxCall, state: SandboxState, userId: string): Entity[] {
  const { query } = call;
  const timeZone = textOf(fieldsOf(call.user['settings'])['timeZone']) ?? 'UTC';
  // Kept dates are of one form, so that they compare as text: a window over many thousand entries is quick.
  const edge = (name: string, otherwise: string): string =>
    textOf(query[name]) === undefined ? otherwise : vendorDate(asWallClock(String(query[name]), timeZone));
  const [from, to] = [edge('start', ''), edge('end', '~')];
  const description = textOf(query['description'])?.toLowerCase();
  const tags = listOf(query['tags']);
  const found: Entity[] = [];
  for (const entry of state.all(call.workspaceId, ENTRIES).values()) {
    const start = intervalOf(entry)['start'] as string;
    if (start < from || start > to || entry['userId'] !== userId) continue;
    if (description !== undefined && !String(entry['description']).toLowerCase().includes(description))
      continue;
    if (query['project'] !== undefined && entry['projectId'] !== query['project']) continue;
    if (query['task'] !== undefined && entry['taskId'] !== query['task']) continue;
    if (query['in-progress'] === true && !isRunning(entry)) continue;
    if (tags.every((tag) => listOf(entry['tagIds']).includes(tag))) found.push(entry);
  }
  return found;
}

function byPath(call: SandboxCall, state: SandboxState): Entity {
  return state.get(call.workspaceId, ENTRIES, pathOf(call, 'id'));
}

function userOf(call: SandboxCall, state: SandboxState): string {
  return state.get(call.workspaceId, 'users', pathOf(call, 'userId')).id;
}

function intervalOf(entry: Fields): Fields {
  return fieldsOf(entry['timeInterval']);
}

function isRunning(entry: Fields): boolean {
  return intervalOf(entry)['end'] === null;
}

function startOf(entry: Fields): number {
  return Date.parse(String(intervalOf(entry)['start']));
}
