import { AsIs, pathOf, type SandboxCall, type SandboxHandlers } from '../sandbox-call.js';
import { type Entity, type Fields, listOf, textOf } from '../sandbox-entity.js';
import { notInWorkspace } from '../sandbox-refusal.js';
import type { SandboxState } from '../sandbox-state.js';

const EXPENSES = 'expenses';

/** Which fields of a body each word of `changeFields` lets through. */
const CHANGES: Readonly<Record<string, readonly string[]>> = {
  USER: ['userId'],
  DATE: ['date'],
  PROJECT: ['projectId'],
  TASK: ['taskId'],
  CATEGORY: ['categoryId'],
  NOTES: ['notes'],
  AMOUNT: ['amount'],
  BILLABLE: ['billable'],
  FILE: ['file', 'fileName'],
};

export const expenseHandlers: SandboxHandlers = {
  getExpenses(call, state) {
    const userId = call.query['user-id']; // The other filters that people try are ignored.
    const own = state
      .list(call.workspaceId, EXPENSES)
      .filter((e) => userId === undefined || e['userId'] === userId);
    const byDate = own.sort((a, b) => String(b['date']).localeCompare(String(a['date'])));
    return {
      expenses: { expenses: byDate.map((e) => hydrated(e, call, state)), count: byDate.length },
      dailyTotals: dailyTotals(byDate),
      weeklyTotals: [],
    };
  },

  getExpense: (call, state) => byPath(call, state),

  createExpense(call, state) {
    const expense = state.add(call.workspaceId, EXPENSES, expenseFields(call, state, call.body));
    state.emit(call.workspaceId, 'EXPENSE_CREATED', withoutFile(expense));
    return expense;
  },

  updateExpense(call, state) {
    const before = byPath(call, state);
    const names = listOf(call.body['changeFields']).flatMap((word) => CHANGES[String(word)] ?? []);
    const changes = Object.fromEntries(names.map((name) => [name, call.body[name]]));
    const amount = Number(before['amount']);
    const fields = expenseFields(call, state, { ...before, amount, ...changes });
    const expense = state.change(call.workspaceId, EXPENSES, before.id, fields);
    state.emit(call.workspaceId, 'EXPENSE_UPDATED', brief(expense));
    return expense;
  },

  deleteExpense(call, state) {
    const expense = state.remove(call.workspaceId, EXPENSES, byPath(call, state).id);
    state.emit(call.workspaceId, 'EXPENSE_DELETED', brief(expense));
  },

  downloadFile(call, state) {
    const expense = byPath(call, state);
    const fileId = pathOf(call, 'fileId');
    if (expense['fileId'] !== fileId) throw notInWorkspace('File', fileId);
    return new AsIs(Buffer.from(String(expense['file']), 'base64'), 'application/octet-stream');
  },
};

function byPath(call: SandboxCall, state: SandboxState): Entity {
  return state.get(call.workspaceId, EXPENSES, pathOf(call, 'expenseId'));
}

/** The amount of a request is in major units, or a quantity where the category has a unit price; totals are minor. */
function expenseFields({ workspaceId }: SandboxCall, state: SandboxState, body: Fields): Fields {
  const { userId, projectId, taskId, categoryId, date, notes, billable, file, fileName } = body;
  const category = state.get(workspaceId, 'expenseCategories', String(categoryId));
  const project = textOf(projectId) ? state.get(workspaceId, 'projects', String(projectId)).id : null;
  const amount = Number(body['amount']);
  const total = category['hasUnitPrice'] === true ? amount * Number(category['priceInCents']) : amount * 100;
  return {
    userId: state.get(workspaceId, 'users', String(userId)).id,
    projectId: project,
    taskId: textOf(taskId) ? state.get(workspaceId, 'tasks', String(taskId)).id : null,
    categoryId: category.id,
    date: String(date),
    notes: notes ?? '',
    billable: billable === true,
    amount,
    quantity: category['hasUnitPrice'] === true ? amount : 1,
    total: Math.round(total),
    locked: false,
    isLocked: false,
    file: file ?? '',
    fileName: fileName ?? '',
    fileId: textOf(file) ? (body['fileId'] ?? state.newId()) : null,
  };
}

function hydrated(expense: Entity, { workspaceId }: SandboxCall, state: SandboxState): Fields {
  return {
    ...expense,
    category: state.find(workspaceId, 'expenseCategories', expense['categoryId']) ?? null,
    project: state.find(workspaceId, 'projects', expense['projectId']) ?? null,
    task: state.find(workspaceId, 'tasks', expense['taskId']) ?? null,
  };
}

function dailyTotals(expenses: readonly Entity[]): Fields[] {
  const totals = new Map<string, number>();
  for (const { date, total } of expenses) {
    const day = String(date).slice(0, 10);
    totals.set(day, (totals.get(day) ?? 0) + Number(total));
  }
  return [...totals].map(([date, total]) => ({ date, dateAsInstant: `${date}T00:00:00Z`, total }));
}

function withoutFile({ file: _file, fileName: _fileName, amount: _amount, ...expense }: Entity): Fields {
  return expense;
}

function brief({ id, workspaceId, userId, projectId, categoryId }: Entity): Fields {
  return { expenseId: id, workspaceId, userId, projectId, categoryId };
}
