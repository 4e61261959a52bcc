import { pathOf, type SandboxCall, type SandboxHandlers } from '../sandbox-call.js';
import { type Entity, type Fields, fieldsOf, listOf } from '../sandbox-entity.js';
import type { SandboxState } from '../sandbox-state.js';
import { ASSIGNMENTS, hydrate, overlaps } from './scheduling.js';

const DAY_MS = 24 * 3600 * 1000;

export const schedulingTotalHandlers: SandboxHandlers = {
  getFilteredProjectTotals(call, state) {
    const search = String(call.body['search'] ?? '').toLowerCase();
    const projects = state.list(call.workspaceId, 'projects');
    const found = projects.filter((project) => String(project['name']).toLowerCase().includes(search));
    return found.map((project) => projectTotals(project, call, state, call.body));
  },

  getProjectTotalsForSingleProject(call, state) {
    const project = state.get(call.workspaceId, 'projects', pathOf(call, 'projectId'));
    return projectTotals(project, call, state, call.query);
  },

  getUserTotals(call, state) {
    const ids = listOf(fieldsOf(call.body['userFilter'])['ids']);
    const members = state
      .list(call.workspaceId, 'users')
      .filter(({ id }) => ids.length === 0 || ids.includes(id));
    return members.map((member) => userTotals(member, call, state, call.body));
  },

  getUserTotalsForSingleUser(call, state) {
    const member = state.get(call.workspaceId, 'users', pathOf(call, 'userId'));
    return userTotals(member, call, state, call.query);
  },
};

type Window = Readonly<Record<string, unknown>>;

function projectTotals(project: Entity, call: SandboxCall, state: SandboxState, window: Window): Fields {
  const own = assignments(call, state, window).filter((a) => a['projectId'] === project.id);
  const { start, end } = window;
  return {
    workspaceId: call.workspaceId,
    projectId: project.id,
    projectName: project['name'],
    projectColor: project['color'],
    projectArchived: project['archived'],
    projectBillable: project['billable'],
    clientName: state.find(call.workspaceId, 'clients', project['clientId'])?.['name'] ?? '',
    assignments: daysOf(start, end).map((date) => ({
      date,
      hasAssignment: own.some((a) => overlaps(a, date, date)),
    })),
    milestones: [],
    totalHours: own.reduce((hours, a) => hours + Number(a['hoursPerDay']) * lengthInDays(a), 0),
  };
}

function userTotals(member: Entity, call: SandboxCall, state: SandboxState, window: Window): Fields {
  const own = assignments(call, state, window).filter((a) => a['userId'] === member.id);
  const user = state.get('', 'users', member.id);
  const hoursOn = (date: string): number =>
    own.filter((a) => overlaps(a, date, date)).reduce((hours, a) => hours + Number(a['hoursPerDay']), 0);
  return {
    workspaceId: call.workspaceId,
    userId: user.id,
    userName: user['name'],
    userImage: user['profilePicture'],
    userStatus: member['status'],
    capacityPerDay: 7,
    workingDays: 'MONDAY',
    totalHoursPerDay: daysOf(window['start'], window['end']).map((date) => ({
      date,
      totalHours: hoursOn(date),
    })),
  };
}

function assignments(call: SandboxCall, state: SandboxState, { start, end }: Window): Entity[] {
  const all = state.list(call.workspaceId, ASSIGNMENTS).filter((a) => overlaps(a, start, end));
  return all.map((a) => hydrate(a, call, state));
}

/** The days of a window at noon, a year of them at most. */
function daysOf(start: unknown, end: unknown): string[] {
  const days: string[] = [];
  const firstMs = Date.parse(`${String(start).slice(0, 10)}T12:00:00Z`);
  for (let ms = firstMs; ms <= Date.parse(String(end)) && days.length < 366; ms += DAY_MS) {
    days.push(new Date(ms).toISOString());
  }
  return days;
}

function lengthInDays(assignment: Entity): number {
  const { start, end } = fieldsOf(assignment['period']);
  return Math.max(1, Math.ceil((Date.parse(String(end)) - Date.parse(String(start))) / DAY_MS));
}
