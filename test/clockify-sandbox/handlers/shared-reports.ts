import { pathOf, type SandboxCall, type SandboxHandlers } from '../sandbox-call.js';
import { type Entity, type Fields, fieldsOf } from '../sandbox-entity.js';
import { notFound } from '../sandbox-refusal.js';
import type { SandboxState } from '../sandbox-state.js';
import { detailed, summary } from './reports.js';

const REPORTS = 'sharedReports';
const LAST_30_DAYS_MS = 30 * 24 * 3600 * 1000;

export const sharedReportHandlers: SandboxHandlers = {
  getSharedReportsV1(call, state) {
    const reports = state.list(call.workspaceId, REPORTS).map((report) => ({
      ...report,
      link: `https://app.clockify.me/shared/${report.id}`,
      reportAuthor: state.find('', 'users', report['userId'])?.['name'] ?? '',
      visibleToUsers: [],
      visibleToUserGroups: [],
    }));
    return { reports, count: reports.length };
  },

  saveSharedReportV1: (call, state) =>
    state.add(call.workspaceId, REPORTS, {
      name: '',
      type: 'SUMMARY',
      fixedDate: false,
      isPublic: false,
      ...call.body,
      userId: call.user.id,
    }),

  updateSharedReportV1: (call, state) =>
    state.change(
      call.workspaceId,
      REPORTS,
      state.get(call.workspaceId, REPORTS, pathOf(call, 'id')).id,
      call.body,
    ),

  deleteSharedReportV1(call, state) {
    state.remove(call.workspaceId, REPORTS, pathOf(call, 'id'));
  },

  /** Asked for by its id alone; dates in the query replace its own. */
  generateSharedReportV1(call, state) {
    const report = anywhere(state, pathOf(call, 'id'));
    const own = { ...call, workspaceId: String(report['workspaceId']) };
    const filter = withDates(call, state, fieldsOf(report['filter']));
    return report['type'] === 'DETAILED' ? detailed(own, state, filter) : summary(own, state, filter);
  },
};

function anywhere(state: SandboxState, id: string): Entity {
  for (const workspace of state.list('', 'workspaces')) {
    const report = state.find(workspace.id, REPORTS, id);
    if (report) return report;
  }
  throw notFound(`Shared report ${id} does not exist`);
}

function withDates({ query }: SandboxCall, state: SandboxState, filter: Fields): Fields {
  const nowMs = state.clock.nowMs();
  return {
    dateRangeStart: new Date(nowMs - LAST_30_DAYS_MS).toISOString(),
    dateRangeEnd: new Date(nowMs).toISOString(),
    ...filter,
    ...(query['dateRangeStart'] === undefined ? {} : { dateRangeStart: query['dateRangeStart'] }),
    ...(query['dateRangeEnd'] === undefined ? {} : { dateRangeEnd: query['dateRangeEnd'] }),
  };
}
