import { pathOf, type SandboxCall, type SandboxHandlers } from '../sandbox-call.js';
import { type Entity, type Fields, fieldsOf, listOf } from '../sandbox-entity.js';
import { sorted } from '../sandbox-lists.js';
import { invalid } from '../sandbox-refusal.js';
import type { SandboxState } from '../sandbox-state.js';
import { vendorDate } from '../sandbox-time.js';

export const ASSIGNMENTS = 'assignments';
const WEEK_MS = 7 * 24 * 3600 * 1000;

/** What each write answers is the list of assignments that it touched. */
export const schedulingHandlers: SandboxHandlers = {
  getAllAssignments(call, state) {
    const { start, end, name } = call.query;
    const inWindow = state.list(call.workspaceId, ASSIGNMENTS).filter((a) => overlaps(a, start, end));
    const hydrated = inWindow.map((assignment) => hydrate(assignment, call, state));
    const part = typeof name === 'string' ? name.toLowerCase() : '';
    return sorted(
      call,
      hydrated.filter((a) => String(a['projectName']).toLowerCase().includes(part)),
      'id',
    );
  },

  createRecurring(call, state) {
    const { recurringAssignment, ...body } = call.body;
    const { repeat, weeks = 1 } = fieldsOf(recurringAssignment);
    state.get(call.workspaceId, 'users', String(body['userId']));
    state.get(call.workspaceId, 'projects', String(body['projectId']));
    checkPeriod(body);
    return series(call, state, { fields: body, weeks: repeat === false ? 1 : Number(weeks) });
  },

  editRecurring(call, state) {
    const { start, end, seriesUpdateOption, ...fields } = call.body;
    checkPeriod(call.body);
    const own = byPath(call, state);
    const shiftMs = Date.parse(String(start)) - Date.parse(String(periodOf(own)['start']));
    const lengthMs = Date.parse(String(end)) - Date.parse(String(start));
    return touched(call, state, { own, option: seriesUpdateOption }).map((assignment) => {
      const startMs = Date.parse(String(periodOf(assignment)['start'])) + shiftMs;
      const period = { start: vendorDate(startMs), end: vendorDate(startMs + lengthMs) };
      return change(call, state, assignment, { ...fields, period });
    });
  },

  editRecurringPeriod(call, state) {
    const own = byPath(call, state);
    const { weeks, repeat = true } = call.body;
    for (const other of seriesOf(call, state, own)) {
      if (other.id !== own.id) state.remove(call.workspaceId, ASSIGNMENTS, other.id);
    }
    state.remove(call.workspaceId, ASSIGNMENTS, own.id);
    const { period: _period, recurring: _recurring, ...fields } = own;
    return series(call, state, {
      fields: { ...fields, ...periodOf(own) },
      weeks: repeat === false ? 1 : Number(weeks),
    });
  },

  deleteRRecurringAssignment(call, state) {
    const own = byPath(call, state);
    const gone = touched(call, state, { own, option: call.query['seriesUpdateOption'] });
    for (const assignment of gone) {
      state.remove(call.workspaceId, ASSIGNMENTS, assignment.id);
      state.emit(call.workspaceId, 'ASSIGNMENT_DELETED', brief(assignment));
    }
    return gone;
  },

  copyAssignment(call, state) {
    const { userId, seriesUpdateOption } = call.body;
    state.get(call.workspaceId, 'users', String(userId));
    const seriesId = state.newId();
    return touched(call, state, { own: byPath(call, state), option: seriesUpdateOption }).map((original) => {
      const recurring = { ...fieldsOf(original['recurring']), seriesId };
      return add(call, state, { ...original, id: undefined, userId, published: false, recurring });
    });
  },

  publishAssignments(call, state) {
    const { start, end } = call.body;
    const userIds = listOf(fieldsOf(call.body['userFilter'])['ids']);
    for (const assignment of state.list(call.workspaceId, ASSIGNMENTS)) {
      const isWanted = userIds.length === 0 || userIds.includes(assignment['userId']);
      if (!isWanted || !overlaps(assignment, start, end)) continue;
      state.change(call.workspaceId, ASSIGNMENTS, assignment.id, { published: true });
      state.emit(call.workspaceId, 'ASSIGNMENT_PUBLISHED', brief(assignment));
    }
  },
};

export function overlaps(assignment: Entity, start: unknown, end: unknown): boolean {
  const period = periodOf(assignment);
  const startsBeforeEnd = Date.parse(String(period['start'])) <= Date.parse(String(end));
  return startsBeforeEnd && Date.parse(String(period['end'])) >= Date.parse(String(start));
}

export function hydrate(assignment: Entity, { workspaceId }: SandboxCall, state: SandboxState): Entity {
  const project = state.find(workspaceId, 'projects', assignment['projectId']);
  const client = state.find(workspaceId, 'clients', project?.['clientId']);
  return {
    ...assignment,
    projectName: project?.['name'] ?? '',
    projectColor: project?.['color'] ?? '',
    projectArchived: project?.['archived'] ?? false,
    projectBillable: project?.['billable'] ?? false,
    clientId: client?.id ?? null,
    clientName: client?.['name'] ?? '',
    taskName: state.find(workspaceId, 'tasks', assignment['taskId'])?.['name'] ?? '',
    userName: state.find('', 'users', assignment['userId'])?.['name'] ?? '',
  };
}

interface Series {
  fields: Fields;
  weeks: number;
}

function series(call: SandboxCall, state: SandboxState, { fields, weeks }: Series): Entity[] {
  const { start, end, ...rest } = fields;
  const recurring = { repeat: weeks > 1, weeks, seriesId: state.newId() };
  return Array.from({ length: Math.max(1, weeks) }, (_, week) => {
    const [from, to] = [start, end].map((edge) => vendorDate(Date.parse(String(edge)) + week * WEEK_MS));
    const period = { start: from, end: to };
    return add(call, state, { ...rest, id: undefined, published: false, excludeDays: [], period, recurring });
  });
}

function add(call: SandboxCall, state: SandboxState, fields: Fields): Entity {
  const empty = {
    billable: false,
    includeNonWorkingDays: false,
    note: '',
    startTime: '09:00:00',
    taskId: null,
  };
  const assignment = state.add(call.workspaceId, ASSIGNMENTS, { ...empty, ...fields });
  state.emit(call.workspaceId, 'ASSIGNMENT_CREATED', brief(assignment));
  return assignment;
}

function change(call: SandboxCall, state: SandboxState, { id }: Entity, fields: Fields): Entity {
  const assignment = state.change(call.workspaceId, ASSIGNMENTS, id, fields);
  state.emit(call.workspaceId, 'ASSIGNMENT_UPDATED', brief(assignment));
  return assignment;
}

interface Touched {
  own: Entity;
  option: unknown;
}

function touched(call: SandboxCall, state: SandboxState, { own, option }: Touched): Entity[] {
  const all = seriesOf(call, state, own);
  if (option === 'ALL') return all;
  if (option !== 'THIS_AND_FOLLOWING') return [own];
  return all.filter((a) => String(periodOf(a)['start']) >= String(periodOf(own)['start']));
}

function seriesOf(call: SandboxCall, state: SandboxState, own: Entity): Entity[] {
  const { seriesId } = fieldsOf(own['recurring']);
  return state
    .list(call.workspaceId, ASSIGNMENTS)
    .filter((a) => fieldsOf(a['recurring'])['seriesId'] === seriesId);
}

function byPath(call: SandboxCall, state: SandboxState): Entity {
  return state.get(call.workspaceId, ASSIGNMENTS, pathOf(call, 'assignmentId'));
}

function checkPeriod({ start, end }: Fields): void {
  if (Date.parse(String(start)) > Date.parse(String(end))) throw invalid('Start must be before end');
}

function periodOf(assignment: Entity): Fields {
  return fieldsOf(assignment['period']);
}

function brief({ id, workspaceId, userId, projectId }: Entity): Fields {
  return { assignmentId: id, workspaceId, userId, projectId };
}
