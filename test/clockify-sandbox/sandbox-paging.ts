import type { IndexedOperation } from '../../src/integrations/clockify/operations/operation-index.js';
import { type SandboxCall } from './sandbox-call.js';
import { fieldsOf } from './sandbox-entity.js';

export interface Page {
  data: unknown;
  headers: Record<string, string>;
}

/** Cuts the list of an answer to the page that was asked for, where the operation has pages at all. */
export function page(call: SandboxCall, data: unknown): Page {
  const { operation } = call;
  const listPath = operation.result.kind === 'list' ? [] : operation.result.listPath;
  const list = listPath && at(data, listPath);
  if (!operation.paging || !listPath || !Array.isArray(list)) return { data, headers: {} };
  const { number, size } = wanted(operation, call);
  const start = (number - operation.paging.first) * size;
  const items = start < 0 ? [] : list.slice(start, start + size);
  const isLast = start + size >= list.length;
  return {
    data: replaced(data, listPath, items),
    headers: operation.lastPageHeader ? { 'last-page': String(isLast) } : {},
  };
}

function wanted(operation: IndexedOperation, call: SandboxCall): { number: number; size: number } {
  const { in: place, under, page: pageName, size: sizeName, first } = operation.paging ?? { first: 1 };
  const body = under === undefined ? call.body : fieldsOf(call.body[under]);
  const source = place === 'body' ? body : call.query;
  const number = Number(source[pageName ?? ''] ?? first);
  const size = Number(source[sizeName ?? ''] ?? 50);
  return { number, size: Math.max(1, size) };
}

function at(data: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, name) => fieldsOf(inner)[name], data);
}

function replaced(data: unknown, [name, ...rest]: readonly string[], items: unknown[]): unknown {
  if (name === undefined) return items;
  const fields = fieldsOf(data);
  return { ...fields, [name]: replaced(fields[name], rest, items) };
}
