import type { SandboxCall } from '../sandbox-call.js';
import { type Entity, type Fields, fieldsOf, listOf, textOf } from '../sandbox-entity.js';
import { invalid } from '../sandbox-refusal.js';
import type { SandboxState } from '../sandbox-state.js';

/** A time entry as reports see it: with everybody's names, its length in seconds and what it earned. */
export interface ReportEntry extends Fields {
  id: string;
  start: string;
  end: string;
  seconds: number;
  billable: boolean;
  /** Minor units. */
  amount: number;
  userId: string;
  projectId: string | null;
  clientId: string | null;
  taskId: string | null;
  tags: Entity[];
}

export interface Range {
  startMs: number;
  endMs: number;
}

export function rangeOf({ dateRangeStart, dateRangeEnd }: Fields): Range {
  const [startMs, endMs] = [Date.parse(String(dateRangeStart)), Date.parse(String(dateRangeEnd))];
  if (Number.isNaN(startMs) || Number.isNaN(endMs))
    throw invalid('dateRangeStart and dateRangeEnd must be dates');
  if (startMs > endMs) throw invalid('dateRangeStart must be before dateRangeEnd');
  return { startMs, endMs };
}

/** The finished entries of the range that pass all of the report's filters. */
export function reportEntries(
  { workspaceId }: SandboxCall,
  state: SandboxState,
  filter: Fields,
): ReportEntry[] {
  const range = rangeOf(filter);
  return state
    .list(workspaceId, 'timeEntries')
    .map((entry) => reportEntry(entry, workspaceId, state))
    .filter((entry) => entry.end !== '' && isInRange(entry, range) && passes(entry, filter));
}

function reportEntry(entry: Entity, workspaceId: string, state: SandboxState): ReportEntry {
  const { start, end } = fieldsOf(entry['timeInterval']);
  const project = state.find(workspaceId, 'projects', entry['projectId']);
  const client = state.find(workspaceId, 'clients', project?.['clientId']);
  const task = state.find(workspaceId, 'tasks', entry['taskId']);
  const user = state.find('', 'users', entry['userId']);
  const seconds = end === null ? 0 : (Date.parse(String(end)) - Date.parse(String(start))) / 1000;
  const rate = Number(fieldsOf(project?.['hourlyRate'])['amount'] ?? 0);
  return {
    id: entry.id,
    description: entry['description'],
    start: String(start),
    end: textOf(end) ?? '',
    seconds,
    billable: entry['billable'] === true,
    amount: entry['billable'] === true ? Math.round((rate * seconds) / 3600) : 0,
    userId: String(entry['userId']),
    userName: user?.['name'] ?? '',
    userEmail: user?.['email'] ?? '',
    projectId: project?.id ?? null,
    projectName: project?.['name'] ?? '',
    projectColor: project?.['color'] ?? '',
    clientId: client?.id ?? null,
    clientName: client?.['name'] ?? '',
    taskId: task?.id ?? null,
    taskName: task?.['name'] ?? '',
    tags: listOf(entry['tagIds']).flatMap((id) => state.find(workspaceId, 'tags', id) ?? []),
  };
}

function isInRange({ start }: ReportEntry, { startMs, endMs }: Range): boolean {
  const ms = Date.parse(start);
  return ms >= startMs && ms <= endMs;
}

function passes(entry: ReportEntry, filter: Fields): boolean {
  const { billable, description, users, projects, clients, tasks, tags } = filter;
  const part = textOf(description)?.toLowerCase();
  return (
    (billable === undefined || entry.billable === billable) &&
    (part === undefined || String(entry['description']).toLowerCase().includes(part)) &&
    contains(users, [entry.userId]) &&
    contains(projects, [entry.projectId]) &&
    contains(clients, [entry.clientId]) &&
    contains(tasks, [entry.taskId]) &&
    contains(
      tags,
      entry.tags.map((tag) => tag.id),
    )
  );
}

/** `{contains, ids}`; without ids everything passes. */
function contains(filter: unknown, own: readonly unknown[]): boolean {
  const { contains: how = 'CONTAINS', ids } = fieldsOf(filter);
  const wanted = listOf(ids);
  if (wanted.length === 0) return true;
  const found = wanted.filter((id) => own.includes(id)).length;
  if (how === 'DOES_NOT_CONTAIN') return found === 0;
  return how === 'CONTAINS_ONLY' ? found === wanted.length && own.length === found : found > 0;
}
