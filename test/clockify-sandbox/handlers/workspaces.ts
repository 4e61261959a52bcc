import { pathOf, type SandboxCall, type SandboxHandlers } from '../sandbox-call.js';
import { type Entity } from '../sandbox-entity.js';
import type { SandboxState } from '../sandbox-state.js';

export const workspaceHandlers: SandboxHandlers = {
  getWorkspacesOfUser: (call, state) =>
    state.list('', 'workspaces').filter((w) => state.find(w.id, 'users', call.user.id) !== undefined),

  createWorkspace: (call, state) => addWorkspace(state, String(call.body['name']), call.user),

  getWorkspaceOfUser: (call, state) => state.get('', 'workspaces', pathOf(call, 'workspaceId')),

  setWorkspaceCostRate: (call, state) => setRate(call, state, 'costRate'),
  setWorkspaceHourlyRate: (call, state) => setRate(call, state, 'hourlyRate'),
};

export function addWorkspace(state: SandboxState, name: string, owner: Entity, id?: string): Entity {
  const workspace = state.add('', 'workspaces', {
    id: id ?? state.newId(),
    name,
    hourlyRate: { amount: 0, currency: 'USD' },
    costRate: { amount: 0, currency: 'USD' },
    imageUrl: '',
    memberships: [],
    currencies: [{ id: state.newId(), code: 'USD', isDefault: true }],
    featureSubscriptionType: 'ENTERPRISE',
    cakeOrganizationId: state.newId(),
    subdomain: { enabled: false, name: '' },
    workspaceSettings: { timeTrackingMode: 'DEFAULT', entityCreationPermissions: {}, automaticLock: null },
  });
  addMember(state, workspace.id, owner, 'ACTIVE');
  return workspace;
}

/** A member stands in the workspace's users by the id of the user, who stands outside of any workspace. */
export function addMember(state: SandboxState, workspaceId: string, user: Entity, status: string): void {
  state.add(workspaceId, 'users', { id: user.id, status });
  const workspace = state.get('', 'workspaces', workspaceId);
  const membership = {
    userId: user.id,
    targetId: workspaceId,
    membershipType: 'WORKSPACE',
    membershipStatus: status,
    hourlyRate: null,
    costRate: null,
  };
  (workspace['memberships'] as unknown[]).push(membership);
}

function setRate(call: SandboxCall, state: SandboxState, field: 'costRate' | 'hourlyRate'): Entity {
  const rate = { amount: call.body['amount'], currency: call.body['currency'] ?? 'USD' };
  return state.change('', 'workspaces', pathOf(call, 'workspaceId'), { [field]: rate });
}
