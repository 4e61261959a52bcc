import type { Params } from '../../integration.js';
import { operationIndex } from '../operations/operation-index.js';
import { allPages, type Page } from './paging.js';

const items = (from: number, to: number): { id: string }[] =>
  Array.from({ length: Math.max(0, to - from) }, (_, i) => ({ id: `i${from + i}` }));

/** Serves `total` items in pages and remembers what it was asked. */
function server(
  total: number,
  options: { sends?: boolean; ignores?: boolean; wrap?: (list: unknown[]) => unknown } = {},
) {
  const asked: Params[] = [];
  const fetchPage = async (params: Params): Promise<Page> => {
    asked.push(params);
    const page = Number(params['page'] ?? 1);
    const size = Number(params['page-size'] ?? 50);
    const list = options.ignores ? items(0, total) : items((page - 1) * size, Math.min(total, page * size));
    const isLast = options.sends ? page * size >= total : undefined;
    return { content: options.wrap ? options.wrap(list) : list, isLast };
  };
  return { asked, fetchPage };
}

const index = operationIndex();
const clients = index.get('getClients');

describe('walking through all pages', () => {
  it('stops where Last-Page says so, even on a full page', async () => {
    const { asked, fetchPage } = server(400, { sends: true });
    expect(await allPages(clients, {}, fetchPage)).toHaveLength(400);
    expect(asked.map((params) => params['page'])).toEqual([1, 2]);
    expect(asked[0]).toMatchObject({ 'page-size': 200 });
  });

  it.each([0, 1, 199, 200, 201, 450])('finds all of %i where Last-Page is not sent', async (total) => {
    const { fetchPage } = server(total);
    expect(await allPages(clients, {}, fetchPage)).toEqual(items(0, total));
  });

  it.each([10, 200, 999])('does not go on for ever where a list of %i ignores its page', async (total) => {
    const { asked, fetchPage } = server(total, { ignores: true });
    expect(await allPages(clients, {}, fetchPage)).toHaveLength(total);
    expect(asked.length).toBeLessThanOrEqual(2);
  });

  it('begins at the page and keeps the size that was asked for', async () => {
    const { asked, fetchPage } = server(10);
    expect(await allPages(clients, { page: 2, 'page-size': 4 }, fetchPage)).toEqual(items(4, 10));
    expect(asked.map((params) => params['page'])).toEqual([2, 3]);
  });

  it('keeps the shape of an envelope and believes its count', async () => {
    const { asked, fetchPage } = server(400, { wrap: (invoices) => ({ invoices, total: 400 }) });
    const all = (await allPages(index.get('getInvoices'), {}, fetchPage)) as { invoices: unknown[] };
    expect(all).toMatchObject({ total: 400 });
    expect(all.invoices).toHaveLength(400);
    expect(asked).toHaveLength(2);
  });

  it('finds the list of expenses two steps down', async () => {
    const { fetchPage } = server(250, {
      wrap: (expenses) => ({ expenses: { count: 250, expenses }, dailyTotals: [] }),
    });
    const all = (await allPages(index.get('getExpenses'), {}, fetchPage)) as {
      expenses: { expenses: unknown[] };
    };
    expect(all.expenses.expenses).toHaveLength(250);
    expect(all).toMatchObject({ dailyTotals: [] });
  });

  it('puts the page into the filter of a detailed report', async () => {
    const asked: Params[] = [];
    await allPages(
      index.get('generateDetailedReport'),
      { body: { detailedFilter: { sortColumn: 'DATE' } } },
      async (params) => {
        asked.push(params);
        return { content: { timeentries: [] }, isLast: undefined };
      },
    );
    expect(asked).toEqual([{ body: { detailedFilter: { sortColumn: 'DATE', page: 1, pageSize: 200 } } }]);
  });

  it('asks once for a list that has no pages', async () => {
    const { asked, fetchPage } = server(300, { ignores: true });
    expect(await allPages(index.get('ofWorkspace'), {}, fetchPage)).toHaveLength(300);
    expect(asked).toEqual([{}]);
  });
});
