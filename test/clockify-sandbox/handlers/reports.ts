import { type SandboxCall, type SandboxHandlers } from '../sandbox-call.js';
import { type Fields, fieldsOf, listOf } from '../sandbox-entity.js';
import { invalid } from '../sandbox-refusal.js';
import type { SandboxState } from '../sandbox-state.js';
import { exported } from './report-exports.js';
import { grouped, totals } from './report-groups.js';
import { rangeOf, type ReportEntry, reportEntries } from './report-entries.js';

const DAY_MS = 24 * 3600 * 1000;

export const reportHandlers: SandboxHandlers = {
  generateSummaryReport: (call, state) => exported(call.body, summary(call, state, call.body)),

  generateDetailedReport: (call, state) => exported(call.body, detailed(call, state, call.body)),

  generateWeeklyReport(call, state) {
    const { startMs, endMs } = rangeOf(call.body);
    if (Math.round((endMs - startMs) / DAY_MS) !== 7)
      throw invalid('Weekly report needs a range of exactly 7 days');
    const entries = reportEntries(call, state, call.body);
    const group = String(fieldsOf(call.body['weeklyFilter'])['group'] ?? 'PROJECT');
    const byDay = days(startMs, 7).map((date) => dayTotal(date, entries));
    const groupOne = grouped(entries, [group]).map(({ entries: own, ...one }) => ({
      ...one,
      days: days(startMs, 7).map((date) => dayTotal(date, own)),
    }));
    return exported(call.body, {
      totals: totals(entries),
      totalsByDay: byDay,
      groupOne,
      usersWithoutTime: [],
    });
  },

  generateAttendanceReport(call, state) {
    const { startMs, endMs } = rangeOf(call.body);
    const entries = reportEntries(call, state, call.body);
    const dates = days(startMs, Math.min(366, Math.ceil((endMs - startMs) / DAY_MS)));
    const rows = state.list(call.workspaceId, 'users').flatMap(({ id }) => {
      const user = state.find('', 'users', id);
      return dates.map((date) => attendance(date, id, entries, String(user?.['name'] ?? '')));
    });
    return exported(call.body, { entities: rows.filter((row) => row['totalDuration'] !== 0) });
  },

  generateDetailedReportV1(call, state) {
    const { startMs, endMs } = rangeOf(call.body);
    const expenses = state.list(call.workspaceId, 'expenses').filter((expense) => {
      const ms = Date.parse(String(expense['date']));
      return ms >= startMs && ms <= endMs;
    });
    const sum = (of: typeof expenses): number =>
      of.reduce((total, expense) => total + Number(expense['total']), 0);
    const rows = expenses.map((expense) => ({
      ...expense,
      amount: expense['total'],
      categoryName: state.find(call.workspaceId, 'expenseCategories', expense['categoryId'])?.['name'] ?? '',
      projectName: state.find(call.workspaceId, 'projects', expense['projectId'])?.['name'] ?? '',
      userName: state.find('', 'users', expense['userId'])?.['name'] ?? '',
    }));
    return exported(call.body, {
      expenses: rows,
      totals: {
        expensesCount: rows.length,
        totalAmount: sum(expenses),
        totalAmountBillable: sum(expenses.filter((expense) => expense['billable'] === true)),
      },
    });
  },
};

export function summary(call: SandboxCall, state: SandboxState, filter: Fields): Fields {
  const entries = reportEntries(call, state, filter);
  const groups = listOf(fieldsOf(filter['summaryFilter'])['groups']).map(String);
  const groupOne = grouped(entries, groups.length === 0 ? ['PROJECT'] : groups);
  return {
    totals: totals(entries),
    groupOne: groupOne.map(({ entries: _entries, ...one }) => one),
    chart: [],
  };
}

/** The whole list; it is cut to a page afterwards, the totals are of all of it. */
export function detailed(call: SandboxCall, state: SandboxState, filter: Fields): Fields {
  const entries = reportEntries(call, state, filter);
  const { options } = fieldsOf(filter['detailedFilter']);
  const isAscending = filter['sortOrder'] === 'ASCENDING';
  const sorted = entries.sort((a, b) => (isAscending ? 1 : -1) * a.start.localeCompare(b.start));
  const timeentries = sorted.map(({ start, end, seconds, id, ...entry }) => ({
    ...entry,
    get_id: id,
    _id: id,
    timeInterval: { start, end, duration: seconds },
  }));
  const isCounted = fieldsOf(options)['totals'] !== 'EXCLUDE';
  return { timeentries, totals: isCounted ? totals(entries) : [] };
}

function days(startMs: number, count: number): string[] {
  return Array.from({ length: count }, (_, i) => new Date(startMs + i * DAY_MS).toISOString().slice(0, 10));
}

function dayTotal(date: string, entries: readonly ReportEntry[]): Fields {
  const own = entries.filter((entry) => entry.start.startsWith(date));
  return {
    date,
    duration: own.reduce((seconds, entry) => seconds + entry.seconds, 0),
    amount: own.reduce((amount, entry) => amount + entry.amount, 0),
  };
}

function attendance(date: string, userId: string, entries: readonly ReportEntry[], userName: string): Fields {
  const own = entries.filter((entry) => entry.userId === userId && entry.start.startsWith(date));
  const starts = own.map((entry) => entry.start).sort();
  const ends = own.map((entry) => entry.end).sort();
  return {
    date,
    userId,
    userName,
    startTime: starts[0] ?? '',
    endTime: ends.at(-1) ?? '',
    capacity: 25_200,
    totalDuration: own.reduce((seconds, entry) => seconds + entry.seconds, 0),
  };
}
