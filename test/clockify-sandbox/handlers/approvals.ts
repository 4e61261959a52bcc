import { pathOf, type SandboxCall, type SandboxHandlers } from '../sandbox-call.js';
import { type Entity, type Fields, fieldsOf } from '../sandbox-entity.js';
import { sorted } from '../sandbox-lists.js';
import { invalid } from '../sandbox-refusal.js';
import type { SandboxState } from '../sandbox-state.js';
import { isoDuration, vendorDate } from '../sandbox-time.js';

const APPROVALS = 'approvalRequests';
const DAY_MS = 24 * 3600 * 1000;
const DAYS: Readonly<Record<string, number>> = { WEEKLY: 7, SEMI_MONTHLY: 15, MONTHLY: 30 };

export const approvalHandlers: SandboxHandlers = {
  getApprovalRequests(call, state) {
    const { status } = call.query; // Filters by user and time are ignored.
    const requests = state.list(call.workspaceId, APPROVALS);
    const wanted = requests.filter((r) => status === undefined || fieldsOf(r['status'])['state'] === status);
    return sorted(call, wanted, 'id').map((request) => details(request, call, state));
  },

  createApprrovalRequest: (call, state) => create(call, state, call.user.id),
  createApprovalForOther: (call, state) => create(call, state, memberByPath(call, state)),

  resubmitApprovalRequest: (call, state) => resubmit(call, state, call.user.id),
  resubmitApprovalRequestForOther: (call, state) => resubmit(call, state, memberByPath(call, state)),

  updateApprovalStatus(call, state) {
    const id = pathOf(call, 'approvalRequestId');
    const status = statusOf(call, state, String(call.body['state']));
    return changed(call, state, state.get(call.workspaceId, APPROVALS, id), status);
  },
};

function create(call: SandboxCall, state: SandboxState, userId: string): Entity {
  const dateRange = rangeOf(call);
  if (sameRange(call, state, userId).some(isOpen)) throw invalid('Time is already submitted for approval');
  const user = state.get('', 'users', userId);
  const request = state.add(call.workspaceId, APPROVALS, {
    dateRange,
    owner: {
      userId,
      userName: user['name'],
      timeZone: fieldsOf(user['settings'])['timeZone'],
      startOfWeek: 'MONDAY',
    },
    creator: { userId: call.user.id, userName: call.user['name'], userEmail: call.user['email'] },
    status: statusOf(call, state, 'PENDING'),
  });
  state.emit(call.workspaceId, 'NEW_APPROVAL_REQUEST', request);
  return request;
}

function resubmit(call: SandboxCall, state: SandboxState, userId: string): Entity {
  const known = sameRange(call, state, userId).at(-1);
  return known ? changed(call, state, known, statusOf(call, state, 'PENDING')) : create(call, state, userId);
}

function changed(call: SandboxCall, state: SandboxState, request: Entity, status: Fields): Entity {
  const after = state.change(call.workspaceId, APPROVALS, request.id, { status });
  state.emit(call.workspaceId, 'APPROVAL_REQUEST_STATUS_UPDATED', after);
  return after;
}

function rangeOf({ body }: SandboxCall): Fields {
  const startMs = Date.parse(String(body['periodStart']));
  const days = DAYS[String(body['period'])] ?? 7;
  return { start: vendorDate(startMs), end: vendorDate(startMs + days * DAY_MS - 1000) };
}

function sameRange(call: SandboxCall, state: SandboxState, userId: string): Entity[] {
  const { start } = rangeOf(call);
  return state
    .list(call.workspaceId, APPROVALS)
    .filter((r) => fieldsOf(r['owner'])['userId'] === userId && fieldsOf(r['dateRange'])['start'] === start);
}

function isOpen(request: Entity): boolean {
  return ['PENDING', 'APPROVED'].includes(String(fieldsOf(request['status'])['state']));
}

function statusOf(call: SandboxCall, state: SandboxState, word: string): Fields {
  return {
    state: word,
    note: call.body['note'] ?? '',
    updatedBy: call.user.id,
    updatedByUserName: call.user['name'],
    updatedAt: state.now(),
  };
}

function memberByPath(call: SandboxCall, state: SandboxState): string {
  return state.get(call.workspaceId, 'users', pathOf(call, 'userId')).id;
}

function details(request: Entity, call: SandboxCall, state: SandboxState): Fields {
  const { start, end } = fieldsOf(request['dateRange']);
  const owner = fieldsOf(request['owner'])['userId'];
  const entries = state.list(call.workspaceId, 'timeEntries').filter((entry) => {
    const at = String(fieldsOf(entry['timeInterval'])['start']);
    return entry['userId'] === owner && at >= String(start) && at <= String(end);
  });
  const lengthMs = (entry: Entity): number => {
    const { start: from, end: to } = fieldsOf(entry['timeInterval']);
    return to === null ? 0 : Date.parse(String(to)) - Date.parse(String(from));
  };
  const total = (of: Entity[]): string => isoDuration(of.reduce((ms, entry) => ms + lengthMs(entry), 0));
  return {
    approvalRequest: request,
    entries,
    expenses: [],
    trackedTime: total(entries),
    billableTime: total(entries.filter((entry) => entry['billable'] === true)),
    approvedTime: 'PT0S',
    pendingTime: 'PT0S',
    breakTime: 'PT0S',
  };
}
