import { pathOf, type SandboxCall, type SandboxHandlers } from '../sandbox-call.js';
import { type Entity, type Fields, fieldsOf, listOf } from '../sandbox-entity.js';
import { claimName, filtered, sorted } from '../sandbox-lists.js';
import type { SandboxState } from '../sandbox-state.js';

const POLICIES = 'policies';
const BALANCES = 'balances';

export const timeOffPolicyHandlers: SandboxHandlers = {
  findPoliciesForWorkspace(call, state) {
    const status = call.query['status'] ?? 'ACTIVE';
    const policies = filtered(call, state.list(call.workspaceId, POLICIES));
    return sorted(
      call,
      policies.filter((p) => status === 'ALL' || (p['archived'] === true) === (status === 'ARCHIVED')),
    );
  },

  getPolicy: (call, state) => byPath(call, state),

  createPolicy(call, state) {
    claim(call, state);
    return state.add(call.workspaceId, POLICIES, { timeUnit: 'DAYS', ...policyFields(call) });
  },

  updatePolicy(call, state) {
    const { id } = byPath(call, state);
    claim(call, state, id);
    return state.change(call.workspaceId, POLICIES, id, policyFields(call));
  },

  updatePolicyStatus: (call, state) =>
    state.change(call.workspaceId, POLICIES, byPath(call, state).id, {
      archived: call.body['status'] === 'ARCHIVED',
    }),

  deletePolicy(call, state) {
    state.remove(call.workspaceId, POLICIES, byPath(call, state).id);
  },

  getBalancesForPolicy(call, state) {
    const policy = byPath(call, state);
    const users = state.list(call.workspaceId, 'users').map(({ id }) => id);
    const balances = users.map((userId) => balanceOf(call, state, { policy, userId }));
    return { balances, count: balances.length };
  },

  getBalancesForUser(call, state) {
    const userId = state.get(call.workspaceId, 'users', pathOf(call, 'userId')).id;
    const policies = state.list(call.workspaceId, POLICIES);
    const balances = policies.map((policy) => balanceOf(call, state, { policy, userId }));
    return { balances, count: balances.length };
  },

  /** Adds the value to what the users have. */
  updateBalance(call, state) {
    const { workspaceId } = call;
    const { userIds, value, note = '' } = call.body;
    const policy = byPath(call, state);
    for (const userId of listOf(userIds).map((id) => state.get(workspaceId, 'users', String(id)).id)) {
      const balance = balanceOf(call, state, { policy, userId });
      const total = Number(balance['total']) + Number(value);
      state.change(workspaceId, BALANCES, balance.id, { total, balance: total - Number(balance['used']) });
      state.emit(workspaceId, 'BALANCE_UPDATED', {
        workspaceId,
        userId,
        value: String(Number(value)),
        note,
        updatedBy: call.user.id,
      });
    }
  },
};

interface BalanceKey {
  policy: Entity;
  userId: string;
}

export function balanceOf(
  { workspaceId }: SandboxCall,
  state: SandboxState,
  { policy, userId }: BalanceKey,
): Entity {
  const isOwn = (b: Entity): boolean => b['policyId'] === policy.id && b['userId'] === userId;
  const known = state.list(workspaceId, BALANCES).find(isOwn);
  if (known) return known;
  return state.add(workspaceId, BALANCES, {
    policyId: policy.id,
    policyName: policy['name'],
    policyTimeUnit: policy['timeUnit'],
    policyArchived: policy['archived'],
    userId,
    userName: state.find('', 'users', userId)?.['name'] ?? '',
    balance: 0,
    total: 0,
    used: 0,
  });
}

function byPath(call: SandboxCall, state: SandboxState): Entity {
  return state.get(call.workspaceId, POLICIES, call.path['id'] ?? pathOf(call, 'policyId'));
}

function policyFields({ body }: SandboxCall): Fields {
  const { users, userGroups, ...rest } = body;
  return {
    allowHalfDay: false,
    allowNegativeBalance: false,
    archived: false,
    everyoneIncludingNew: false,
    automaticAccrual: null,
    negativeBalance: null,
    ...rest,
    automaticTimeEntryCreation: rest['automaticTimeEntryCreation'] ?? null,
    userIds: listOf(fieldsOf(users)['ids']),
    userGroupIds: listOf(fieldsOf(userGroups)['ids']),
  };
}

function claim(call: SandboxCall, state: SandboxState, exceptId = ''): void {
  const { name } = call.body;
  claimName(state, { workspaceId: call.workspaceId, collection: POLICIES, label: 'Policy', name, exceptId });
}
