import { pathOf, type SandboxCall, type SandboxHandlers } from '../sandbox-call.js';
import { type Entity, type Fields, fieldsOf, listOf, textOf } from '../sandbox-entity.js';
import { sorted } from '../sandbox-lists.js';
import type { SandboxState } from '../sandbox-state.js';
import { addMember } from './workspaces.js';

export const userHandlers: SandboxHandlers = {
  getLoggedUser: ({ user, query }) => ({
    ...user,
    memberships: query['include-memberships'] === true ? user['memberships'] : [],
  }),

  getUsersOfWorkspace: (call, state) => sorted(call, found(call, state, call.query)),

  filterUsersOfWorkspace: (call, state) => sorted(call, found(call, state, call.body)),

  addUsers(call, state) {
    const email = String(call.body['email']);
    const known = state.list('', 'users').find((user) => user['email'] === email);
    const user = known ?? newUser(state, { email, name: email.replace(/@.*/, '') });
    if (!state.find(call.workspaceId, 'users', user.id)) addMember(state, call.workspaceId, user, 'PENDING');
    const inviter = { id: call.user.id, name: call.user['name'], email: call.user['email'] };
    const { workspaceId } = call;
    state.emit(workspaceId, 'USERS_INVITED_TO_WORKSPACE', {
      workspaceId,
      inviter,
      invitedUserEmails: [email],
    });
    return workspaceOf(call, state);
  },

  updateUserStatus(call, state) {
    const { status } = call.body;
    const user = userByPath(call, state);
    state.change(call.workspaceId, 'users', user.id, { status });
    changeMembership(call, state, user.id, { membershipStatus: status });
    const word = status === 'ACTIVE' ? 'ACTIVATED' : 'DEACTIVATED';
    state.emit(call.workspaceId, `USER_${word}_ON_WORKSPACE`, user);
    return workspaceOf(call, state);
  },

  setCostRateForUser: (call, state) => setRate(call, state, 'costRate'),
  setHourlyRateForUser: (call, state) => setRate(call, state, 'hourlyRate'),

  getManagersOfUser(call, state) {
    const user = userByPath(call, state);
    const roles = state.list(call.workspaceId, 'roles').filter((role) => role['entityId'] === user.id);
    const managers = roles.flatMap((role) => state.find('', 'users', role['userId']) ?? []);
    return sorted(call, managers);
  },

  createUserRole(call, state) {
    const { role, entityId, sourceType } = call.body;
    const userId = userByPath(call, state).id;
    const added = state.add(call.workspaceId, 'roles', { userId, role, entityId });
    return [
      {
        userId,
        workspaceId: call.workspaceId,
        role: { id: added.id, name: role, source: sourceType ? { id: entityId, type: sourceType } : null },
      },
    ];
  },

  deleteUserRole(call, state) {
    const userId = userByPath(call, state).id;
    const { role, entityId } = call.body;
    const isMeant = (r: Entity): boolean =>
      r['userId'] === userId && r['role'] === role && r['entityId'] === entityId;
    const own = state.list(call.workspaceId, 'roles').filter(isMeant);
    for (const { id } of own) state.remove(call.workspaceId, 'roles', id);
  },

  upsertUserCustomFieldValue(call, state) {
    const userId = userByPath(call, state).id;
    const field = state.get(call.workspaceId, 'customFields', pathOf(call, 'customFieldId'));
    return setFieldValue(state, { call, userId, field, value: call.body['value'] });
  },

  getMemberProfile: (call, state) => profile(call, state),

  updateMemberProfileWithAdditionalData(call, state) {
    const { userCustomFields, removeProfileImage, ...fields } = call.body;
    const userId = userByPath(call, state).id;
    if (removeProfileImage === true) fields['imageUrl'] = '';
    for (const { customFieldId, value } of listOf(userCustomFields).map(fieldsOf)) {
      const field = state.get(call.workspaceId, 'customFields', String(customFieldId));
      setFieldValue(state, { call, userId, field, value });
    }
    state.change(call.workspaceId, 'users', userId, fields);
    return profile(call, state);
  },
};

export function newUser(state: SandboxState, { id, email, name, timeZone = 'UTC' }: Fields): Entity {
  return state.add('', 'users', {
    id: id ?? state.newId(),
    email,
    name,
    memberships: [],
    customFields: [],
    profilePicture: 'https://img.clockify.me/no-user-image.png',
    activeWorkspace: null,
    defaultWorkspace: null,
    status: 'ACTIVE',
    settings: {
      timeZone,
      weekStart: 'MONDAY',
      timeFormat: 'HOUR24',
      dateFormat: 'MM/DD/YYYY',
      lang: 'EN',
      theme: 'DEFAULT',
    },
  });
}

function found(call: SandboxCall, state: SandboxState, filter: Fields): Entity[] {
  const part = (name: string): string | undefined => textOf(filter[name])?.toLowerCase();
  const [email, name, status] = [part('email'), part('name'), filter['status']];
  return state.list(call.workspaceId, 'users').flatMap((member) => {
    const user = state.find('', 'users', member.id);
    if (!user) return [];
    if (email !== undefined && !String(user['email']).toLowerCase().includes(email)) return [];
    if (name !== undefined && !String(user['name']).toLowerCase().includes(name)) return [];
    if (status !== undefined && status !== 'ALL' && member['status'] !== status) return [];
    return [user];
  });
}

function userByPath(call: SandboxCall, state: SandboxState): Entity {
  const id = state.get(call.workspaceId, 'users', pathOf(call, 'userId')).id;
  return state.get('', 'users', id);
}

function workspaceOf(call: SandboxCall, state: SandboxState): Entity {
  return state.get('', 'workspaces', call.workspaceId);
}

function changeMembership(call: SandboxCall, state: SandboxState, userId: string, fields: Fields): void {
  const memberships = listOf(workspaceOf(call, state)['memberships']).map(fieldsOf);
  const own = memberships.find((m) => m['userId'] === userId);
  if (own) Object.assign(own, fields);
}

function setRate(call: SandboxCall, state: SandboxState, field: 'costRate' | 'hourlyRate'): Entity {
  const user = userByPath(call, state);
  const { amount, since } = call.body;
  changeMembership(call, state, user.id, { [field]: { amount, currency: 'USD' } });
  state.emit(call.workspaceId, field === 'costRate' ? 'COST_RATE_UPDATED' : 'BILLABLE_RATE_UPDATED', {
    workspaceId: call.workspaceId,
    rateChangeSource: 'WORKSPACE_USER',
    modifiedEntity: { id: user.id, name: user['name'] },
    currency: { id: null, code: 'USD' },
    amount,
    since: since ?? null,
  });
  return workspaceOf(call, state);
}

interface FieldValue {
  call: SandboxCall;
  userId: string;
  field: Entity;
  value: unknown;
}

function setFieldValue(state: SandboxState, { call, userId, field, value }: FieldValue): Fields {
  const member = state.get(call.workspaceId, 'users', userId);
  const others = listOf(member['customFields']).filter((v) => fieldsOf(v)['customFieldId'] !== field.id);
  const own = {
    customFieldId: field.id,
    customFieldName: field['name'],
    customFieldType: field['type'],
    userId,
    value: value ?? null,
  };
  state.change(call.workspaceId, 'users', userId, { customFields: [...others, own] });
  return own;
}

function profile(call: SandboxCall, state: SandboxState): Fields {
  const user = userByPath(call, state);
  const member = state.get(call.workspaceId, 'users', user.id);
  return {
    workCapacity: 'PT7H',
    workingDays: 'MONDAY',
    weekStart: 'MONDAY',
    hasPassword: true,
    imageUrl: user['profilePicture'],
    workspaceNumber: 1,
    name: user['name'],
    ...member,
    email: user['email'],
    userCustomFieldValues: listOf(member['customFields']).map((value) => {
      const { customFieldName: name, customFieldType: type, ...rest } = fieldsOf(value);
      return {
        ...rest,
        name,
        type,
        sourceType: 'USER',
        customField: state.find(call.workspaceId, 'customFields', rest['customFieldId']),
      };
    }),
  };
}
