import { pathOf, type SandboxCall, type SandboxHandlers } from '../sandbox-call.js';
import { type Entity, type Fields, fieldsOf, listOf, textOf } from '../sandbox-entity.js';
import { claimName, filtered, given, sorted } from '../sandbox-lists.js';
import { invalid } from '../sandbox-refusal.js';
import type { SandboxState } from '../sandbox-state.js';
import { addTask } from './tasks.js';

const EMPTY = {
  archived: false,
  billable: false,
  isPublic: false,
  isTemplate: false,
  clientId: '',
  color: '#03A9F4',
  note: '',
  duration: 'PT0S',
  memberships: [],
  hourlyRate: null,
  costRate: null,
  estimate: { estimate: 'PT0S', type: 'AUTO' },
  timeEstimate: { active: false, estimate: 'PT0S', includeNonBillable: true, type: 'AUTO' },
  budgetEstimate: null,
  estimateReset: null,
};

export const projectHandlers: SandboxHandlers = {
  getProjects(call, state) {
    const { query, workspaceId } = call;
    const projects = filtered(call, state.list(workspaceId, 'projects')).filter((project) =>
      matches(project, query),
    );
    const answers = sorted(call, projects).map((project) => answer(project, workspaceId, state));
    return query['hydrated'] === true ? hydrated(answers, call, state) : answers;
  },

  getProject: (call, state) => answer(byPath(call, state), call.workspaceId, state),

  createNewProject(call, state) {
    const { tasks, ...body } = call.body;
    const project = addProject(call, state, body);
    for (const task of listOf(tasks)) addTask(call, state, project.id, fieldsOf(task));
    return answer(project, call.workspaceId, state);
  },

  createProjectFromTemplate(call, state) {
    const { templateProjectId, ...body } = call.body;
    const template = state.get(call.workspaceId, 'projects', String(templateProjectId));
    const project = addProject(call, state, {
      ...template,
      ...body,
      id: undefined,
      isTemplate: false,
      archived: false,
    });
    for (const task of tasksOf(template, call, state)) {
      addTask(call, state, project.id, { ...task, id: undefined });
    }
    return answer(project, call.workspaceId, state);
  },

  updateProject(call, state) {
    const before = byPath(call, state);
    const name = call.body['name'] ?? before['name'];
    claim(call, state, name, before.id);
    // Replaces in part: billable and isPublic fall back when they are left out.
    return update(call, state, { billable: false, isPublic: false, ...call.body, name });
  },

  deleteProject(call, state) {
    const project = byPath(call, state);
    if (project['archived'] !== true) throw invalid('Cannot delete an active project');
    for (const task of tasksOf(project, call, state)) state.remove(call.workspaceId, 'tasks', task.id);
    state.remove(call.workspaceId, 'projects', project.id);
    state.emit(call.workspaceId, 'PROJECT_DELETED', eventOf(project, call.workspaceId, state));
    return answer(project, call.workspaceId, state);
  },

  updateIsProjectTemplate: (call, state) =>
    update(call, state, { isTemplate: call.body['isTemplate'] === true }),

  updateEstimate(call, state) {
    const { timeEstimate, budgetEstimate, estimateReset } = call.body;
    return update(call, state, given({ timeEstimate, budgetEstimate, estimateReset }));
  },

  updateMemberships(call, state) {
    const memberships = listOf(call.body['memberships']).map((m) =>
      membership(byPath(call, state), fieldsOf(m)),
    );
    return update(call, state, { memberships });
  },

  addUsersToProject(call, state) {
    const project = byPath(call, state);
    const userIds = listOf(call.body['userIds']);
    const others = listOf(project['memberships']).filter((m) => !userIds.includes(fieldsOf(m)['userId']));
    const added =
      call.body['remove'] === true ? [] : userIds.map((userId) => membership(project, { userId }));
    return update(call, state, { memberships: [...others, ...added] });
  },

  addUsersCostRate: (call, state) => setMemberRate(call, state, 'costRate'),
  addUsersHourlyRate: (call, state) => setMemberRate(call, state, 'hourlyRate'),
};

function byPath(call: SandboxCall, state: SandboxState): Entity {
  return state.get(call.workspaceId, 'projects', pathOf(call, 'projectId'));
}

function addProject(call: SandboxCall, state: SandboxState, body: Fields): Entity {
  claim(call, state, body['name'], '', body['clientId']);
  if (textOf(body['clientId'])) state.get(call.workspaceId, 'clients', String(body['clientId']));
  const project = state.add(call.workspaceId, 'projects', { ...EMPTY, ...body });
  if (listOf(project['memberships']).length === 0) {
    project['memberships'] = [membership(project, { userId: call.user.id })];
  }
  state.emit(call.workspaceId, 'NEW_PROJECT', eventOf(project, call.workspaceId, state));
  return project;
}

function update(call: SandboxCall, state: SandboxState, fields: Fields): Fields {
  const project = state.change(call.workspaceId, 'projects', pathOf(call, 'projectId'), fields);
  state.emit(call.workspaceId, 'PROJECT_UPDATED', eventOf(project, call.workspaceId, state));
  return answer(project, call.workspaceId, state);
}

function claim(
  call: SandboxCall,
  state: SandboxState,
  name: unknown,
  exceptId: string,
  clientId?: unknown,
): void {
  const client = textOf(clientId ?? state.find(call.workspaceId, 'projects', exceptId)?.['clientId']) ?? '';
  const among = (other: Entity): boolean => (other['clientId'] ?? '') === client;
  claimName(state, {
    workspaceId: call.workspaceId,
    collection: 'projects',
    label: 'Project',
    name,
    exceptId,
    among,
  });
}

function matches(project: Entity, query: SandboxCall['query']): boolean {
  const { billable, clients, users, access, 'is-template': isTemplate } = query;
  const memberIds = listOf(project['memberships']).map((m) => fieldsOf(m)['userId']);
  if (billable !== undefined && project['billable'] !== billable) return false;
  if (isTemplate !== undefined && project['isTemplate'] !== isTemplate) return false;
  if (access !== undefined && project['isPublic'] !== (access === 'PUBLIC')) return false;
  const isListed = listOf(clients).includes(project['clientId']);
  if (clients !== undefined && isListed !== (query['contains-client'] ?? true)) return false;
  const hasUser = listOf(users).some((user) => memberIds.includes(user));
  return users === undefined || hasUser === (query['contains-user'] ?? true);
}

function answer(project: Entity, workspaceId: string, state: SandboxState): Fields {
  const clientName = state.find(workspaceId, 'clients', project['clientId'])?.['name'] ?? '';
  return { ...project, clientName, public: project['isPublic'], template: project['isTemplate'] };
}

function eventOf(project: Entity, workspaceId: string, state: SandboxState): Fields {
  const client = state.find(workspaceId, 'clients', project['clientId']) ?? null;
  const tasks = state.list(workspaceId, 'tasks').filter((task) => task['projectId'] === project.id);
  return { ...answer(project, workspaceId, state), client, tasks };
}

/** With the tasks of each. */
function hydrated(projects: readonly Fields[], { workspaceId }: SandboxCall, state: SandboxState): Fields[] {
  const tasks = Map.groupBy(state.list(workspaceId, 'tasks'), (task) => task['projectId']);
  return projects.map((project) => ({ ...project, tasks: tasks.get(project['id']) ?? [] }));
}

function tasksOf(project: Entity, call: SandboxCall, state: SandboxState): Entity[] {
  return state.list(call.workspaceId, 'tasks').filter((task) => task['projectId'] === project.id);
}

function membership(project: Entity, { userId, hourlyRate = null, costRate = null }: Fields): Fields {
  return {
    userId,
    hourlyRate,
    costRate,
    targetId: project.id,
    membershipType: 'PROJECT',
    membershipStatus: 'ACTIVE',
  };
}

function setMemberRate(call: SandboxCall, state: SandboxState, field: 'costRate' | 'hourlyRate'): Fields {
  const project = byPath(call, state);
  const userId = pathOf(call, 'userId');
  const rate = { amount: call.body['amount'], currency: 'USD' };
  const memberships = listOf(project['memberships']).map(fieldsOf);
  const own = memberships.find((m) => m['userId'] === userId);
  if (!own) throw invalid(`User with id ${userId} is not a member of the project`);
  own[field] = rate;
  return update(call, state, { memberships });
}
