import { pathOf, type SandboxCall } from '../sandbox-call.js';
import { type Entity, fieldsOf, listOf } from '../sandbox-entity.js';
import type { SandboxState } from '../sandbox-state.js';

export const INVOICES = 'invoices';

export function invoiceByPath(call: SandboxCall, state: SandboxState): Entity {
  return state.get(call.workspaceId, INVOICES, pathOf(call, 'invoiceId'));
}

/** An invoice with its sums. Amounts are minor units; a quantity is hundredths, a unit price hundredths of minor units. */
export function overview(invoice: Entity, { workspaceId }: SandboxCall, state: SandboxState): Entity {
  const items = listOf(invoice['items']).map((item, i) => ({
    ...fieldsOf(item),
    order: i + 1,
    amount: amountOf(item),
  }));
  const subtotal = sum(items.map((item) => item.amount));
  const part = (percent: unknown): number => Math.round((subtotal * Number(percent ?? 0)) / 100);
  const [discountAmount, taxAmount, tax2Amount] = [
    part(invoice['discountPercent']),
    part(invoice['taxPercent']),
    part(invoice['tax2Percent']),
  ];
  const amount = subtotal - discountAmount + taxAmount + tax2Amount;
  const paid = sum(listOf(invoice['payments']).map((payment) => Number(fieldsOf(payment)['amount'])));
  const client = state.find(workspaceId, 'clients', invoice['clientId']);
  return {
    ...invoice,
    items,
    subtotal,
    discount: Number(invoice['discountPercent'] ?? 0),
    tax: Number(invoice['taxPercent'] ?? 0),
    tax2: Number(invoice['tax2Percent'] ?? 0),
    discountAmount,
    taxAmount,
    tax2Amount,
    amount,
    paid,
    balance: amount - paid,
    status: paid > 0 && paid < amount ? 'PARTIALLY_PAID' : invoice['status'],
    clientName: client?.['name'] ?? '',
    clientAddress: client?.['address'] ?? '',
    containsImportedTimes: items.some((item) => fieldsOf(item)['importType'] === 'TIME_ENTRY_IMPORT'),
  };
}

function amountOf(item: unknown): number {
  const { quantity, unitPrice } = fieldsOf(item);
  return Math.round((Number(quantity) * Number(unitPrice)) / 10_000);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}
