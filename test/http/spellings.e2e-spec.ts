import { startActionsApp, type ActionsApp } from '../support/actions-app.js';
import { type Answer, callJson } from '../support/openapi-document.js';

const ACTION = { integration: 'clockify', operation: 'anything_goes', params: { n: 1 } };

describe('a field with an old name', () => {
  let service: ActionsApp;
  beforeAll(async () => {
    service = await startActionsApp();
  });
  afterAll(() => service.close());

  const send = (method: string, path: string, body?: object): Promise<Answer> =>
    callJson(service.url + path, { method, body });

  describe('dryRun, once dry_run', () => {
    it.each(['dryRun=true', 'dry_run=true', 'dryRun=yes&dry_run=1'])(
      'shows the request with ?%s',
      async (query) => {
        const before = service.fake.calls.length;
        const { status, body } = await send('POST', `/actions/run?${query}`, ACTION);
        expect([status, body.dryRun]).toEqual([200, true]);
        expect(service.fake.calls).toHaveLength(before);
      },
    );

    it.each(['dryRun=true&dry_run=false', 'dryRun=false&dry_run=true', 'dryRun=perhaps', 'dry_run='])(
      'does nothing with ?%s, which says nothing certain',
      async (query) => {
        const before = service.fake.calls.length;
        const { status, body } = await send('POST', `/actions/run?${query}`, ACTION);
        expect([status, body.error.code]).toEqual([400, 'validation_error']);
        expect(service.fake.calls).toHaveLength(before);
      },
    );

    it('carries out with ?dryRun=false', async () => {
      const before = service.fake.calls.length;
      expect((await send('POST', '/actions/run?dryRun=false', ACTION)).status).toBe(200);
      expect(service.fake.calls).toHaveLength(before + 1);
    });
  });

  describe('timeZone, once timezone', () => {
    const at9 = { ...ACTION, cron: '0 9 * * *' };

    it.each([
      { timeZone: 'Europe/Berlin' },
      { timezone: 'Europe/Berlin' },
      { timeZone: 'Europe/Berlin', timezone: 'Europe/Berlin' },
    ])('makes a schedule with %j, which is shown with both names', async (zone) => {
      const { status, body } = await send('POST', '/schedules', { ...at9, ...zone });
      expect([status, body.data]).toMatchObject([
        201,
        { timeZone: 'Europe/Berlin', timezone: 'Europe/Berlin' },
      ]);
      for (const other of [{ timeZone: 'Asia/Tokyo' }, { timezone: 'Europe/Paris' }]) {
        const changed = await send('PATCH', `/schedules/${body.data.id}`, other);
        const [name] = Object.values(other);
        expect([changed.status, changed.body.data]).toMatchObject([200, { timeZone: name, timezone: name }]);
      }
    });

    it.each([
      [{ timeZone: 'Mars/Base' }, 'timeZone'],
      [{ timezone: 'Mars/Base' }, 'timezone'],
      [{ timeZone: 1 }, 'timeZone'],
      [{ timeZone: 'Europe/Berlin', timezone: 'Asia/Tokyo' }, 'timezone'],
    ])('refuses %j and names the field that was sent', async (zone, path) => {
      const { status, body } = await send('POST', '/schedules', { ...at9, ...zone });
      expect([status, body.error.details]).toEqual([400, [{ path, message: expect.any(String) }]]);
    });

    it.each(['timeZone', 'timezone'])('is read in the schedule of a flow as %s', async (name) => {
      const schedule = { cron: '0 9 * * *', [name]: 'Europe/Berlin' };
      const steps = [{ transform: '1' }];
      const flow = await send('POST', '/flows', { name, trigger: { schedule }, steps });
      expect([flow.status, flow.body.data?.trigger]).toEqual([201, { schedule }]);
      const { items } = (await send('GET', '/schedules')).body.data;
      expect(items[0]).toMatchObject({ ofFlow: flow.body.data.id, timeZone: 'Europe/Berlin' });
    });
  });

  it('isWrite, once writes, is shown of operations with both names', async () => {
    const { body } = await send('GET', '/integrations/clockify/operations');
    for (const operation of body.data.items) expect(operation.writes).toBe(operation.isWrite);
    const [first, made] = [
      body.data.items[0],
      body.data.items.find((o: { name: string }) => o.name === 'create_client'),
    ];
    expect([first.isWrite, made.isWrite]).toEqual([false, true]);
  });
});
