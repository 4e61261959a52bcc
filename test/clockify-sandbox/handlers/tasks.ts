import { pathOf, type SandboxCall, type SandboxHandlers } from '../sandbox-call.js';
import { type Entity, type Fields } from '../sandbox-entity.js';
import { claimName, filtered, sorted } from '../sandbox-lists.js';
import { invalid, notInWorkspace } from '../sandbox-refusal.js';
import type { SandboxState } from '../sandbox-state.js';

const EMPTY = {
  assigneeId: null,
  assigneeIds: [],
  userGroupIds: [],
  estimate: 'PT0S',
  budgetEstimate: 0,
  status: 'ACTIVE',
  billable: true,
  duration: 'PT0S',
  hourlyRate: null,
  costRate: null,
};

export const taskHandlers: SandboxHandlers = {
  getTasks(call, state) {
    const projectId = projectOf(call, state);
    const isActive = call.query['is-active'];
    const tasks = state
      .list(call.workspaceId, 'tasks')
      .filter((task) => task['projectId'] === projectId)
      .filter((task) => isActive === undefined || (task['status'] === 'ACTIVE') === isActive);
    return sorted(call, filtered(call, tasks));
  },

  getTask: (call, state) => byPath(call, state),

  createTask: (call, state) => addTask(call, state, projectOf(call, state), call.body),

  updateTask(call, state) {
    const before = byPath(call, state);
    const name = call.body['name'] ?? before['name'];
    claim(call, state, { projectId: before['projectId'], name, exceptId: before.id });
    const kept = { billable: before['billable'], status: before['status'] };
    return update(call, state, before.id, { ...kept, assigneeIds: [], userGroupIds: [], ...call.body, name });
  },

  deleteTask(call, state) {
    const task = byPath(call, state);
    if (task['status'] !== 'DONE') throw invalid('Cannot delete an active task');
    state.remove(call.workspaceId, 'tasks', task.id);
    state.emit(call.workspaceId, 'TASK_DELETED', eventOf(task));
    return task;
  },

  setTaskCostRate: (call, state) =>
    update(call, state, byPath(call, state).id, {
      costRate: { amount: call.body['amount'], currency: 'USD' },
    }),

  setTaskHourlyRate: (call, state) =>
    update(call, state, byPath(call, state).id, {
      hourlyRate: { amount: call.body['amount'], currency: 'USD' },
    }),
};

export function addTask(call: SandboxCall, state: SandboxState, projectId: string, body: Fields): Entity {
  claim(call, state, { projectId, name: body['name'] });
  const task = state.add(call.workspaceId, 'tasks', { ...EMPTY, ...body, id: undefined, projectId });
  state.emit(call.workspaceId, 'NEW_TASK', eventOf(task));
  return task;
}

function update(call: SandboxCall, state: SandboxState, id: string, fields: Fields): Entity {
  const task = state.change(call.workspaceId, 'tasks', id, {
    ...fields,
    projectId: pathOf(call, 'projectId'),
  });
  state.emit(call.workspaceId, 'TASK_UPDATED', eventOf(task));
  return task;
}

function projectOf(call: SandboxCall, state: SandboxState): string {
  return state.get(call.workspaceId, 'projects', pathOf(call, 'projectId')).id;
}

function byPath(call: SandboxCall, state: SandboxState): Entity {
  const projectId = projectOf(call, state);
  const id = call.path['taskId'] ?? pathOf(call, 'id');
  const task = state.get(call.workspaceId, 'tasks', id);
  if (task['projectId'] !== projectId) throw notInWorkspace('Task', id);
  return task;
}

interface Claim {
  projectId: unknown;
  name: unknown;
  exceptId?: string;
}

function claim(call: SandboxCall, state: SandboxState, { projectId, name, exceptId = '' }: Claim): void {
  const among = (other: Entity): boolean => other['projectId'] === projectId;
  claimName(state, {
    workspaceId: call.workspaceId,
    collection: 'tasks',
    label: 'Task',
    name,
    exceptId,
    among,
  });
}

/** A task's event says nothing about its workspace. */
function eventOf({ workspaceId: _workspaceId, ...task }: Entity): Fields {
  return task;
}
