import { pathOf, type SandboxCall, type SandboxHandlers } from '../sandbox-call.js';
import { type Entity, type Fields, fieldsOf, listOf, textOf } from '../sandbox-entity.js';
import { invalid, notInWorkspace } from '../sandbox-refusal.js';
import type { SandboxState } from '../sandbox-state.js';
import { vendorDate } from '../sandbox-time.js';
import { balanceOf } from './time-off-policies.js';

const REQUESTS = 'timeOffRequests';
const DAY_MS = 24 * 3600 * 1000;

export const timeOffRequestHandlers: SandboxHandlers = {
  createTimeOffRequest: (call, state) => create(call, state, call.user.id),

  createTimeOffRequestForOther: (call, state) =>
    create(call, state, state.get(call.workspaceId, 'users', pathOf(call, 'userId')).id),

  /** Only what waits for a decision can be taken back. */
  deleteTimeOffRequest(call, state) {
    const request = byPath(call, state);
    if (statusOf(request) !== 'PENDING') throw invalid('Only pending time off requests can be deleted');
    state.remove(call.workspaceId, REQUESTS, request.id);
    state.emit(call.workspaceId, 'TIME_OFF_REQUEST_WITHDRAWN', request);
    return request;
  },

  changeTimeOffRequestStatus(call, state) {
    const request = byPath(call, state);
    const { status: statusType = 'APPROVED', note = '' } = call.body;
    if (statusOf(request) === 'REJECTED') throw invalid('Rejected time off requests cannot be changed');
    const status = { ...decision(call, state, statusType), note };
    const changed = state.change(call.workspaceId, REQUESTS, request.id, { status });
    state.emit(call.workspaceId, `TIME_OFF_REQUEST_${String(statusType)}`, changed);
    return changed;
  },

  getTimeOffRequest(call, state) {
    const { statuses, users, start, end } = call.body;
    const wanted = listOf(statuses);
    const requests = state.list(call.workspaceId, REQUESTS).filter((request) => {
      const period = periodOf(request);
      return (
        (wanted.length === 0 || wanted.includes('ALL') || wanted.includes(statusOf(request))) &&
        (listOf(users).length === 0 || listOf(users).includes(request['userId'])) &&
        (textOf(start) === undefined || Date.parse(String(period['end'])) >= Date.parse(String(start))) &&
        (textOf(end) === undefined || Date.parse(String(period['start'])) <= Date.parse(String(end)))
      );
    });
    return { count: requests.length, requests };
  },
};

function create(call: SandboxCall, state: SandboxState, userId: string): Entity {
  const { workspaceId } = call;
  const policy = state.get(workspaceId, 'policies', pathOf(call, 'policyId'));
  const given = fieldsOf(call.body['timeOffPeriod']);
  const period = policy['timeUnit'] === 'HOURS' ? hours(given) : days(given);
  const user = state.get('', 'users', userId);
  const needsApproval = fieldsOf(policy['approve'])['requiresApproval'] === true;
  const request = state.add(workspaceId, REQUESTS, {
    policyId: policy.id,
    policyName: policy['name'],
    timeUnit: policy['timeUnit'],
    userId,
    userName: user['name'],
    userEmail: user['email'],
    userTimeZone: fieldsOf(user['settings'])['timeZone'],
    requesterUserId: call.user.id,
    requesterUserName: call.user['name'],
    note: call.body['note'] ?? '',
    createdAt: state.now(),
    status: decision(call, state, needsApproval ? 'PENDING' : 'APPROVED'),
    balance: balanceOf(call, state, { policy, userId })['balance'],
    balanceDiff: -period.amount,
    timeOffPeriod: {
      period: { start: period.start, end: period.end },
      halfDay: given['isHalfDay'] === true,
      halfDayPeriod: given['halfDayPeriod'] ?? 'NOT_DEFINED',
      halfDayHours: null,
    },
  });
  state.emit(workspaceId, 'TIME_OFF_REQUESTED', request);
  return request;
}

interface Period {
  start: string;
  end: string;
  amount: number;
}

/** A policy in days wants a start and a number of days, or whole days. */
function days(given: Fields): Period {
  const { start, end, days: count } = fieldsOf(given['period']);
  if (textOf(start) === undefined) throw invalid('period.start is required');
  const startMs = Date.parse(String(start));
  if (textOf(end) === undefined && count === undefined) throw invalid('period.days is required');
  const amount =
    count === undefined ? Math.round((Date.parse(String(end)) - startMs) / DAY_MS) + 1 : Number(count);
  return { start: vendorDate(startMs), end: vendorDate(startMs + amount * DAY_MS - 1000), amount };
}

/** A policy in hours wants start and end, and refuses milliseconds. */
function hours(given: Fields): Period {
  const { start, end } = fieldsOf(given['period']);
  if (textOf(start) === undefined || textOf(end) === undefined)
    throw invalid('period.start and period.end are required');
  const texts = [String(start), String(end)];
  if (texts.some((text) => /\.\d+/.test(text)))
    throw invalid(`period has an invalid format: '${texts.join("', '")}'`);
  const amount = (Date.parse(String(end)) - Date.parse(String(start))) / 3_600_000;
  return { start: vendorDate(String(start)), end: vendorDate(String(end)), amount };
}

function decision(call: SandboxCall, state: SandboxState, statusType: unknown): Fields {
  return {
    statusType,
    changedByUserId: call.user.id,
    changedByUserName: call.user['name'],
    changedForUserName: call.user['name'],
    changedAt: state.now(),
    note: '',
  };
}

function byPath(call: SandboxCall, state: SandboxState): Entity {
  const request = state.get(call.workspaceId, REQUESTS, pathOf(call, 'requestId'));
  if (request['policyId'] !== pathOf(call, 'policyId')) throw notInWorkspace('Time off request', request.id);
  return request;
}

function statusOf(request: Entity): unknown {
  return fieldsOf(request['status'])['statusType'];
}

function periodOf(request: Entity): Fields {
  return fieldsOf(fieldsOf(request['timeOffPeriod'])['period']);
}
