import { AsIs, pathOf, type SandboxCall, type SandboxHandlers } from '../sandbox-call.js';
import { type Entity, type Fields, fieldsOf, listOf } from '../sandbox-entity.js';
import { sorted } from '../sandbox-lists.js';
import { invalid } from '../sandbox-refusal.js';
import type { SandboxState } from '../sandbox-state.js';
import { INVOICES, invoiceByPath, overview } from './invoice-views.js';

const SETTINGS = 'invoiceSettings';

export const invoiceHandlers: SandboxHandlers = {
  getInvoices(call, state) {
    const statuses = listOf(call.query['statuses']);
    const all = state.list(call.workspaceId, INVOICES).map((invoice) => overview(invoice, call, state));
    const invoices = all.filter((i) => statuses.length === 0 || statuses.includes(i['status']));
    return { invoices: sorted(call, invoices, 'number'), total: invoices.length };
  },

  getInvoicesInfo(call, state) {
    const { statuses, clients, invoiceNumber } = call.body;
    const clientIds = listOf(fieldsOf(clients)['ids']);
    const all = state.list(call.workspaceId, INVOICES).map((invoice) => overview(invoice, call, state));
    const invoices = all.filter(
      (invoice) =>
        (statuses === undefined || listOf(statuses).includes(invoice['status'])) &&
        (clientIds.length === 0 || clientIds.includes(invoice['clientId'])) &&
        (invoiceNumber === undefined || String(invoice['number']).includes(String(invoiceNumber))),
    );
    return { invoices, total: invoices.length };
  },

  getInvoice: (call, state) => overview(invoiceByPath(call, state), call, state),

  createInvoice(call, state) {
    const { clientId, number } = call.body;
    state.get(call.workspaceId, 'clients', String(clientId));
    claimNumber(call, state, number);
    return add(call, state, { ...call.body });
  },

  updateInvoice(call, state) {
    const before = invoiceByPath(call, state);
    claimNumber(call, state, call.body['number'], before.id);
    const { discountPercent, taxPercent, tax2Percent, ...body } = call.body;
    const cleared = { note: '', subject: '', companyId: null, taxType: 'SIMPLE', visibleZeroFields: null };
    return update(call, state, { ...cleared, ...body, discountPercent, taxPercent, tax2Percent });
  },

  deleteInvoice(call, state) {
    state.remove(call.workspaceId, INVOICES, invoiceByPath(call, state).id);
  },

  duplicateInvoice(call, state) {
    const { id: _id, number, ...original } = invoiceByPath(call, state);
    const copy = add(call, state, {
      ...original,
      number: `${String(number)}-copy`,
      status: 'UNSENT',
      payments: [],
    });
    return overview(copy, call, state);
  },

  exportInvoice(call, state) {
    invoiceByPath(call, state);
    return new AsIs(Buffer.from('%PDF-1.4\n%%EOF\n'), 'application/pdf');
  },

  changeInvoiceStatus(call, state) {
    update(call, state, { status: call.body['invoiceStatus'] ?? 'UNSENT' });
  },

  addInvoiceItem(call, state) {
    const items = listOf(invoiceByPath(call, state)['items']);
    return update(call, state, { items: [...items, { importType: 'NOT_IMPORTED', ...call.body }] });
  },

  removeInvoiceItem(call, state) {
    const items = listOf(invoiceByPath(call, state)['items']);
    const index = Number(pathOf(call, 'order')) - 1;
    if (!(index in items)) throw invalid(`Invoice has no item ${pathOf(call, 'order')}`);
    return update(call, state, { items: items.filter((_item, i) => i !== index) });
  },

  importTimeEntriesAndExpenses(call, state) {
    const items = listOf(invoiceByPath(call, state)['items']);
    return update(call, state, { items: [...items, ...importedItems(call, state)] });
  },

  getPaymentsForInvoice: (call, state) => listOf(invoiceByPath(call, state)['payments']),

  /** Returns the invoice, not the payment. */
  createInvoicePayment(call, state) {
    const { amount = 0, note = '', paymentDate = state.now() } = call.body;
    const payments = listOf(invoiceByPath(call, state)['payments']);
    const payment = { id: state.newId(), amount, note, date: paymentDate, author: call.user['name'] };
    return update(call, state, { payments: [...payments, payment] });
  },

  deletePaymentById(call, state) {
    const payments = listOf(invoiceByPath(call, state)['payments']).map(fieldsOf);
    const rest = payments.filter((payment) => payment['id'] !== pathOf(call, 'paymentId'));
    if (rest.length === payments.length)
      throw invalid(`Payment with id ${pathOf(call, 'paymentId')} doesn't exist`);
    return update(call, state, { payments: rest });
  },

  getInvoiceSettings: (call, state) => state.find(call.workspaceId, SETTINGS, 'settings') ?? {},

  updateInvoiceSettings(call, state) {
    state.add(call.workspaceId, SETTINGS, { ...call.body, id: 'settings' });
  },
};

function add(call: SandboxCall, state: SandboxState, fields: Fields): Entity {
  const blank = { status: 'UNSENT', items: [], payments: [], note: '', subject: '', userId: call.user.id };
  const invoice = state.add(call.workspaceId, INVOICES, { ...blank, ...fields });
  state.emit(call.workspaceId, 'NEW_INVOICE', eventOf(invoice, call, state));
  return invoice;
}

function update(call: SandboxCall, state: SandboxState, fields: Fields): Fields {
  const invoice = state.change(call.workspaceId, INVOICES, invoiceByPath(call, state).id, fields);
  state.emit(call.workspaceId, 'INVOICE_UPDATED', eventOf(invoice, call, state));
  return overview(invoice, call, state);
}

function claimNumber(call: SandboxCall, state: SandboxState, number: unknown, exceptId = ''): void {
  const isTaken = (other: Entity): boolean => other['number'] === number && other.id !== exceptId;
  if (state.list(call.workspaceId, INVOICES).some(isTaken)) {
    throw invalid(`Invoice with number '${String(number)}' already exists`);
  }
}

function importedItems(call: SandboxCall, state: SandboxState): Fields[] {
  const { from, to } = call.body;
  const [fromMs, toMs] = [Date.parse(String(from)), Date.parse(String(to))];
  const projectIds = listOf(fieldsOf(call.body['projectFilter'])['ids']);
  const entries = state.list(call.workspaceId, 'timeEntries').filter((entry) => {
    const startMs = Date.parse(String(fieldsOf(entry['timeInterval'])['start']));
    const isWanted = projectIds.length === 0 || projectIds.includes(entry['projectId']);
    return isWanted && startMs >= fromMs && startMs <= toMs && entry['invoiced'] !== true;
  });
  return entries.map((entry) => ({
    description: entry['description'],
    itemType: 'Service',
    importType: 'TIME_ENTRY_IMPORT',
    quantity: 100,
    unitPrice: 0,
    timeEntryIds: [entry.id],
  }));
}

/** An invoice's event says nothing about its workspace. */
function eventOf(invoice: Entity, call: SandboxCall, state: SandboxState): Fields {
  const { workspaceId: _workspaceId, payments: _payments, ...event } = overview(invoice, call, state);
  return event;
}
