import { pathOf, type SandboxCall, type SandboxHandlers } from '../sandbox-call.js';
import { type Entity, listOf } from '../sandbox-entity.js';
import { claimName, filtered, sorted } from '../sandbox-lists.js';
import type { SandboxState } from '../sandbox-state.js';

const GROUPS = 'userGroups';

export const userGroupHandlers: SandboxHandlers = {
  getUserGroups: (call, state) => sorted(call, filtered(call, state.list(call.workspaceId, GROUPS))),

  createUserGroup(call, state) {
    claim(call, state);
    const group = state.add(call.workspaceId, GROUPS, {
      name: call.body['name'],
      userIds: [],
      teamManagers: [],
    });
    state.emit(call.workspaceId, 'USER_GROUP_CREATED', group);
    return group;
  },

  updateUserGroup(call, state) {
    const id = pathOf(call, 'id');
    claim(call, state, id);
    return update(call, state, id, { name: call.body['name'] });
  },

  deleteUserGroup(call, state) {
    const group = state.remove(call.workspaceId, GROUPS, pathOf(call, 'id'));
    state.emit(call.workspaceId, 'USER_GROUP_DELETED', group);
    return group;
  },

  addUser(call, state) {
    const user = state.get(call.workspaceId, 'users', String(call.body['userId']));
    const group = byPath(call, state);
    const others = listOf(group['userIds']).filter((id) => id !== user.id);
    return update(call, state, group.id, { userIds: [...others, user.id] });
  },

  deleteUser(call, state) {
    const group = byPath(call, state);
    const userIds = listOf(group['userIds']).filter((id) => id !== pathOf(call, 'userId'));
    return update(call, state, group.id, { userIds });
  },
};

function byPath(call: SandboxCall, state: SandboxState): Entity {
  return state.get(call.workspaceId, GROUPS, pathOf(call, 'userGroupId'));
}

function update(call: SandboxCall, state: SandboxState, id: string, fields: object): Entity {
  const group = state.change(call.workspaceId, GROUPS, id, { ...fields });
  state.emit(call.workspaceId, 'USER_GROUP_UPDATED', group);
  return group;
}

function claim(call: SandboxCall, state: SandboxState, exceptId = ''): void {
  const { name } = call.body;
  claimName(state, {
    workspaceId: call.workspaceId,
    collection: GROUPS,
    label: 'User group',
    name,
    exceptId,
  });
}
