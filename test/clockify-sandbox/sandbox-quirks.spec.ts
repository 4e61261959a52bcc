import { callerOf, type SandboxCaller } from '../support/sandbox-caller.js';
import { ClockifySandbox } from './clockify-sandbox.js';

interface Row {
  id: string;
  name: string;
  duration: number;
  children: Row[];
}

describe('the sandbox has the habits of the real service', () => {
  let sandbox: ClockifySandbox;
  let call: SandboxCaller;

  beforeEach(async () => {
    sandbox = new ClockifySandbox();
    await sandbox.start();
    call = callerOf(sandbox);
  });
  afterEach(() => sandbox.stop());

  async function entry(day: string, hours: number, more: object = {}): Promise<void> {
    const body = {
      start: `${day}T08:00:00Z`,
      end: `${day}T${String(8 + hours).padStart(2, '0')}:00:00Z`,
      ...more,
    };
    expect(await call('POST', '/time-entries', { body })).toMatchObject({ status: 201 });
  }

  describe('lists', () => {
    it('never cuts custom fields, holidays and webhooks into pages', async () => {
      for (let i = 0; i < 3; i++) sandbox.add('customFields', { name: `field ${i}`, type: 'TXT' });
      const response = await call('GET', '/custom-fields?page=2&page-size=1');
      expect(response.body).toHaveLength(3);
      expect(response.headers.has('last-page')).toBe(false);
      sandbox.add('webhooks', { name: 'a' });
      expect((await call('GET', '/webhooks?page=7')).body).toMatchObject({
        webhooks: [{ name: 'a' }],
        workspaceWebhookCount: 1,
      });
    });

    it('puts invoices and expenses into envelopes and pages inside of them', async () => {
      for (let i = 0; i < 3; i++) sandbox.add('invoices', { number: `${i}`, status: 'UNSENT' });
      const invoices = await call('GET', '/invoices?page-size=2');
      expect(invoices.body).toMatchObject({ total: 3, invoices: [{ number: '0' }, { number: '1' }] });
      expect(invoices.headers.get('last-page')).toBe('false');
      sandbox.add('expenses', { date: '2026-01-05', total: 5 });
      expect((await call('GET', '/expenses')).body).toMatchObject({
        expenses: { count: 1, expenses: [{ total: 5 }] },
      });
    });
  });

  describe('money', () => {
    it('takes an expense in major units and answers it in minor ones', async () => {
      const { body: category } = await call('POST', '/expenses/categories', { body: { name: 'Meals' } });
      const form = new FormData();
      const fields = {
        amount: '12.5',
        categoryId: category.id,
        date: '2026-01-05T00:00:00Z',
        projectId: '',
        userId: sandbox.user.id,
      };
      for (const [name, value] of Object.entries(fields)) form.append(name, value);
      form.append('file', new Blob(['receipt']), 'receipt.txt');
      const { status, body: expense } = await call('POST', '/expenses', { body: form });
      expect({ status, total: expense.total }).toEqual({ status: 201, total: 1250 });
      expect((await call('GET', `/expenses/${expense.id}/files/${expense.fileId}`)).body).toBe('receipt');
      expect(await call('DELETE', `/expenses/categories/${category.id}`)).toMatchObject({ status: 400 });
      await call('PATCH', `/expenses/categories/${category.id}/status`, { body: { archived: true } });
      expect(await call('DELETE', `/expenses/categories/${category.id}`)).toMatchObject({ status: 204 });
    });

    it('adds invoice items up and answers a payment with the invoice', async () => {
      const { body: client } = await call('POST', '/clients', { body: { name: 'Acme' } });
      const dates = { issuedDate: '2026-01-05T00:00:00Z', dueDate: '2026-02-05T00:00:00Z' };
      const { body: invoice } = await call('POST', '/invoices', {
        body: { clientId: client.id, currency: 'USD', number: '1', ...dates },
      });
      const item = {
        applyTaxes: 'NONE',
        description: 'work',
        itemType: 'Service',
        quantity: 200,
        unitPrice: 5000_00,
      };
      expect((await call('POST', `/invoices/${invoice.id}/items`, { body: item })).body).toMatchObject({
        amount: 10_000,
        balance: 10_000,
      });
      const paid = await call('POST', `/invoices/${invoice.id}/payments`, { body: { amount: 4000 } });
      expect(paid).toMatchObject({
        status: 201,
        body: { id: invoice.id, balance: 6000, status: 'PARTIALLY_PAID' },
      });
    });
  });

  describe('time off', () => {
    async function policy(timeUnit: string): Promise<string> {
      const approve = { requiresApproval: true };
      const response = await call('POST', '/time-off/policies', {
        body: { name: `off in ${timeUnit}`, timeUnit, approve },
      });
      return response.body.id as string;
    }

    it('wants days of a policy in days, and hours without milliseconds of one in hours', async () => {
      const period = (p: object): object => ({ body: { timeOffPeriod: { period: p } } });
      const inDays = `/time-off/policies/${await policy('DAYS')}/requests`;
      expect(await call('POST', inDays, period({ start: '2026-01-05' }))).toMatchObject({ status: 400 });
      expect(await call('POST', inDays, period({ start: '2026-01-05', days: 2 }))).toMatchObject({
        status: 200,
        body: { balanceDiff: -2 },
      });
      const inHours = `/time-off/policies/${await policy('HOURS')}/requests`;
      const exact = { start: '2026-01-05T09:00:00.000Z', end: '2026-01-05T11:00:00.000Z' };
      expect(await call('POST', inHours, period(exact))).toMatchObject({ status: 400 });
      const plain = { start: '2026-01-05T09:00:00Z', end: '2026-01-05T11:00:00Z' };
      expect(await call('POST', inHours, period(plain))).toMatchObject({
        status: 200,
        body: { balanceDiff: -2 },
      });
    });

    it('leaves a rejected request rejected', async () => {
      const path = `/time-off/policies/${await policy('DAYS')}/requests`;
      const { body: request } = await call('POST', path, {
        body: { timeOffPeriod: { period: { start: '2026-01-05', days: 1 } } },
      });
      const one = `${path}/${request.id}`;
      expect(await call('PATCH', one, { body: { status: 'REJECTED' } })).toMatchObject({ status: 200 });
      expect(await call('PATCH', one, { body: { status: 'APPROVED' } })).toMatchObject({ status: 400 });
      expect(await call('DELETE', one)).toMatchObject({ status: 400 });
      const search = await call('POST', '/time-off/requests', { body: { statuses: ['REJECTED'] } });
      expect(search.body).toMatchObject({ count: 1, requests: [{ id: request.id }] });
    });
  });

  describe('reports', () => {
    const range = { dateRangeStart: '2026-01-05T00:00:00Z', dateRangeEnd: '2026-01-12T00:00:00Z' };
    const report = (kind: string, body: object) =>
      call('POST', `/reports/${kind}`, { host: 'report', body: { ...range, ...body } });

    it('sums up by group and subgroup, in seconds', async () => {
      const project = sandbox.add('projects', { name: 'Site', billable: true, hourlyRate: { amount: 6000 } });
      await entry('2026-01-05', 2, { projectId: project.id, billable: true });
      await entry('2026-01-06', 1, { projectId: project.id, billable: true });
      await entry('2026-01-07', 1);
      await entry('2026-02-01', 1);
      const { body } = await report('summary', { summaryFilter: { groups: ['PROJECT', 'DATE'] } });
      expect(body.totals).toMatchObject([
        { totalTime: 14_400, totalBillableTime: 10_800, entriesCount: 3, amounts: [{ value: 18_000 }] },
      ]);
      const groups = (body.groupOne as Row[]).map((group) => [
        group.name,
        group.duration,
        group.children.length,
      ]);
      expect(groups).toEqual([
        ['Site', 10_800, 2],
        ['(Without project)', 3600, 1],
      ]);
    });

    it('cuts the detailed report to pages while the totals stay those of all', async () => {
      for (const day of ['05', '06', '07']) await entry(`2026-01-${day}`, 1);
      const { body } = await report('detailed', { detailedFilter: { page: 2, pageSize: 2 } });
      expect(body.timeentries).toHaveLength(1);
      expect(body.totals).toMatchObject([{ entriesCount: 3 }]);
    });

    it('makes a weekly report of exactly seven days only', async () => {
      await entry('2026-01-05', 2);
      const weeklyFilter = { group: 'USER' };
      const { body } = await report('weekly', { weeklyFilter });
      expect(body.totalsByDay).toHaveLength(7);
      expect(body.totalsByDay[0]).toMatchObject({ date: '2026-01-05', duration: 7200 });
      expect(await report('weekly', { weeklyFilter, dateRangeEnd: '2026-01-09T00:00:00Z' })).toMatchObject({
        status: 400,
      });
    });

    it('answers an export with a file', async () => {
      await entry('2026-01-05', 1, { description: 'plan' });
      const response = await report('detailed', { detailedFilter: {}, exportType: 'CSV' });
      expect(response.headers.get('content-type')).toBe('text/csv');
      expect(response.body).toContain('"plan"');
    });
  });

  it('repeats an assignment by the week and answers all of them', async () => {
    const project = sandbox.add('projects', { name: 'Site' });
    const recurringAssignment = { repeat: true, weeks: 3 };
    const times = { start: '2026-01-05T00:00:00Z', end: '2026-01-07T00:00:00Z', hoursPerDay: 4 };
    const body = { ...times, projectId: project.id, userId: sandbox.user.id, recurringAssignment };
    const created = await call('POST', '/scheduling/assignments/recurring', { body });
    expect(created).toMatchObject({ status: 201 });
    expect((created.body as { period: { start: string } }[]).map((a) => a.period.start)).toEqual([
      '2026-01-05T00:00:00Z',
      '2026-01-12T00:00:00Z',
      '2026-01-19T00:00:00Z',
    ]);
    const window = 'start=2026-01-05T00:00:00Z&end=2026-01-13T00:00:00Z';
    expect((await call('GET', `/scheduling/assignments/all?${window}`)).body).toHaveLength(2);
    expect(await call('GET', '/scheduling/assignments/all')).toMatchObject({ status: 400 });
  });

  it('says what was created, updated and deleted', async () => {
    const { body: tag } = await call('POST', '/tags', { body: { name: 'a' } });
    await call('DELETE', `/tags/${tag.id}`);
    const { body } = await call('GET', '/entities/deleted?type=TAG');
    expect(body.response).toMatchObject([{ id: tag.id, documentCode: 'TAG', document: { name: 'a' } }]);
    expect((await call('GET', '/entities/created?type=TAG,CLIENT')).body.response).toHaveLength(1);
  });
});
