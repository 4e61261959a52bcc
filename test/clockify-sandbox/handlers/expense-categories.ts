import { pathOf, type SandboxCall, type SandboxHandlers } from '../sandbox-call.js';
import type { Entity } from '../sandbox-entity.js';
import { claimName, filtered, sorted } from '../sandbox-lists.js';
import { invalid } from '../sandbox-refusal.js';
import type { SandboxState } from '../sandbox-state.js';

const CATEGORIES = 'expenseCategories';
const EMPTY = { hasUnitPrice: false, priceInCents: 0, unit: '' };

export const expenseCategoryHandlers: SandboxHandlers = {
  getCategories(call, state) {
    const categories = sorted(call, filtered(call, state.list(call.workspaceId, CATEGORIES)));
    return { categories, count: categories.length };
  },

  createExpenseCategory(call, state) {
    claim(call, state);
    return state.add(call.workspaceId, CATEGORIES, { ...EMPTY, ...call.body, archived: false });
  },

  updateCategory(call, state) {
    const { id } = byPath(call, state);
    claim(call, state, id);
    return state.change(call.workspaceId, CATEGORIES, id, { ...EMPTY, ...call.body });
  },

  updateExpenseCategoryStatus: (call, state) =>
    state.change(call.workspaceId, CATEGORIES, byPath(call, state).id, {
      archived: call.body['archived'] === true,
    }),

  deleteCategory(call, state) {
    const category = byPath(call, state);
    if (category['archived'] !== true) throw invalid('Cannot delete an active expense category');
    state.remove(call.workspaceId, CATEGORIES, category.id);
  },
};

function byPath(call: SandboxCall, state: SandboxState): Entity {
  return state.get(call.workspaceId, CATEGORIES, pathOf(call, 'categoryId'));
}

function claim(call: SandboxCall, state: SandboxState, exceptId = ''): void {
  const { name } = call.body;
  claimName(state, {
    workspaceId: call.workspaceId,
    collection: CATEGORIES,
    label: 'Category',
    name,
    exceptId,
  });
}
