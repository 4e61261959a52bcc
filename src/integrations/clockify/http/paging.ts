import type { Params } from '../../integration.js';
import { IntegrationError } from '../../integration-error.js';
import type { IndexedOperation, Paging } from '../operations/operation-index.js';

export interface Page {
  content: unknown;
  /** What Last-Page said, where it came. */
  isLast: boolean | undefined;
}

const PAGE_SIZE = 200;
const MOST_PAGES = 2_000;

/**
 * Walks through the pages of a list. Stops at Last-Page, at a page that is short or holds nothing new, and at the
 * count that an envelope gives: some lists ignore page and page-size and would repeat themselves for ever.
 */
export async function allPages(
  operation: IndexedOperation,
  params: Params,
  fetchPage: (params: Params) => Promise<Page>,
): Promise<unknown> {
  const { paging } = operation;
  if (!paging) return (await fetchPage(params)).content;
  const size = Number(read(params, paging, paging.size) ?? pageSize(operation, paging));
  const first = Number(read(params, paging, paging.page) ?? paging.first);
  const items = new Gathered();
  for (let number = first; number < first + MOST_PAGES; number++) {
    const page = await fetchPage(write(params, paging, { [paging.page]: number, [paging.size]: size }));
    const list = listIn(page.content, operation);
    if (list === undefined) return page.content;
    const added = items.add(list);
    const isDone =
      added === 0 || (page.isLast ?? (list.length !== size || items.size === countIn(page.content)));
    if (isDone) return withList(page.content, operation, items.all);
  }
  throw new IntegrationError('upstream_error', `The list has more than ${MOST_PAGES} pages`);
}

/** What was gathered so far; an item with an id counts once. */
class Gathered {
  readonly all: unknown[] = [];
  readonly #ids = new Set<unknown>();

  get size(): number {
    return this.all.length;
  }

  add(list: readonly unknown[]): number {
    const fresh = list.filter((item) => this.#isNew(item));
    this.all.push(...fresh);
    return fresh.length;
  }

  #isNew(item: unknown): boolean {
    const key = keyOf(item);
    if (this.#ids.has(key)) return false;
    this.#ids.add(key);
    return true;
  }
}

function keyOf(item: unknown): unknown {
  if (typeof item !== 'object' || item === null) return item;
  const { id, _id } = item as { id?: unknown; _id?: unknown };
  return id ?? _id ?? JSON.stringify(item);
}

function pageSize(operation: IndexedOperation, paging: Paging): number {
  const parameter = operation.parameters.find((p) => p.in === paging.in && p.name === paging.size);
  return Math.min(PAGE_SIZE, Number(parameter?.schema['maximum'] ?? PAGE_SIZE));
}

/** The params of one page of the list, for whoever walks through it with pauses. */
export function paramsOfPage(operation: IndexedOperation, params: Params, number: number): Params {
  const { paging } = operation;
  if (!paging) return params;
  return write(params, paging, { [paging.page]: number, [paging.size]: pageSize(operation, paging) });
}

/** Whether a list that goes on would have had more on this page; `gathered` is what all its pages so far had. */
export function isLastPage(operation: IndexedOperation, page: Page, gathered: number): boolean {
  const { paging } = operation;
  const list = listIn(page.content, operation);
  if (!paging || list === undefined) return true;
  return page.isLast ?? (list.length !== pageSize(operation, paging) || gathered === countIn(page.content));
}

function read(params: Params, paging: Paging, name: string): unknown {
  const place = paging.in === 'query' ? params : inside(params['body'], paging.under);
  return place[name];
}

function write(params: Params, paging: Paging, fields: Params): Params {
  if (paging.in === 'query') return { ...params, ...fields };
  const body = inside(params, 'body');
  if (paging.under === undefined) return { ...params, body: { ...body, ...fields } };
  return { ...params, body: { ...body, [paging.under]: { ...inside(body, paging.under), ...fields } } };
}

function inside(value: unknown, name: string | undefined): Params {
  const found = name === undefined ? value : (value as Params | undefined)?.[name];
  return (found ?? {}) as Params;
}

export function listIn(content: unknown, { result }: IndexedOperation): readonly unknown[] | undefined {
  const found = (result.listPath ?? []).reduce<unknown>(
    (value, name) => (value as Params | null)?.[name],
    content,
  );
  return Array.isArray(found) ? (found as unknown[]) : undefined;
}

/** How many there are in all, by an envelope that says so. */
function countIn(content: unknown): number | undefined {
  if (typeof content !== 'object' || content === null || Array.isArray(content)) return undefined;
  const { count, total } = content as { count?: unknown; total?: unknown };
  const number = count ?? total;
  return typeof number === 'number' ? number : undefined;
}

function withList(content: unknown, { result }: IndexedOperation, list: readonly unknown[]): unknown {
  return place(content, result.listPath ?? [], list);
}

function place(content: unknown, path: readonly string[], list: readonly unknown[]): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return list;
  return { ...(content as Params), [name]: place((content as Params)[name], rest, list) };
}
