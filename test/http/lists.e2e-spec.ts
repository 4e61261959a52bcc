import { EventHandlers } from '../../src/events/event-handler.js';
import { startActionsApp, type ActionsApp } from '../support/actions-app.js';
import {
  type Answer,
  callJson,
  type OpenApi,
  type Operation,
  resolved,
} from '../support/openapi-document.js';
import { until } from '../support/until.js';

const SECRET = 'the-webhook-secret';
const ULID = '01K8Z5D8V3QGZ1N7X0T4W6Y2AB';

describe('every list of the OpenAPI document', () => {
  let service: ActionsApp;
  let document: OpenApi;
  /** Where each template of a list leads, once there is something in it. */
  let seeded: ReadonlyMap<string, string>;

  const call = (method: string, path: string, body?: object, headers = {}): Promise<Answer> =>
    callJson(service.url + path, { method, body, headers });
  const get = (path: string): Promise<Answer> => call('GET', path);
  const twice = async (method: string, path: string, body: object): Promise<string> => {
    await call(method, path, body);
    const second = await call(method, path, body);
    expect([path, second.status, second.body.ok]).toEqual([path, second.status, true]);
    return second.body.data?.id as string;
  };

  beforeAll(async () => {
    service = await startActionsApp({
      env: {
        WEBHOOK_SHARED_SECRET: SECRET,
        API_KEYS: 'boss:admin:key-of-the-boss',
        AUTH_MODE: 'open',
        ENCRYPTION_KEY: '0a'.repeat(32),
        EVENT_RETRY_SECONDS: '0',
        EVENT_MAX_ATTEMPTS: '1',
      },
    });
    service.app.get(EventHandlers).register({
      name: 'failing',
      handle: () => Promise.reject(new Error('not today')),
    });
    seeded = await seed();
    document = (await get('/openapi.json')).body as OpenApi;
  });
  afterAll(() => service.close());

  async function seed(): Promise<ReadonlyMap<string, string>> {
    for (const name of ['one', 'two'])
      await call('POST', '/api-keys', { name, role: 'viewer' }, { 'X-Api-Key': 'key-of-the-boss' });
    for (const name of ['one', 'two'])
      await call('PUT', `/secrets/${name}`, { value: 'some-value', allowedIntegrations: ['slack'] });
    const flow = await twice('POST', '/flows', { name: 'Waits', steps: [{ wait: 'PT1H' }] });
    await twice('PUT', `/flows/${flow}`, { name: 'Waits', steps: [{ wait: 'PT2H' }] });
    await twice('POST', `/flows/${flow}/run`, {});
    const schedule = await twice('POST', '/schedules', { every: 'PT24H', flow });
    await twice('POST', `/schedules/${schedule}/run`, {});
    await twice('POST', '/actions/run', { integration: 'clockify', operation: 'get_user', params: {} });
    for (const id of ['a', 'b'])
      await call('POST', '/webhooks/clockify', { id, workspaceId: 'w' }, { 'X-Webhook-Secret': SECRET });
    await until(async () => (await get('/dead-letters')).body.data.items.length === 2);
    const same = [
      '/api-keys',
      '/secrets',
      '/flows',
      '/flow-runs',
      '/schedules',
      '/actions/runs',
      '/events',
      '/dead-letters',
    ];
    return new Map([
      ...[...same, '/integrations'].map((path): [string, string] => [path, path]),
      ['/flows/{id}/versions', `/flows/${flow}/versions`],
      ['/flows/{id}/runs', `/flows/${flow}/runs`],
      ['/schedules/{id}/runs', `/schedules/${schedule}/runs`],
      ['/integrations/{name}/operations', '/integrations/clockify/operations'],
    ]);
  }

  const isList = ({ responses }: Operation): boolean => {
    const envelope = resolved(document, responses['200']?.content?.['application/json']?.schema);
    return 'nextCursor' in (resolved(document, envelope.properties?.['data']).properties ?? {});
  };

  /** Each with an address at which there is something to list. */
  const lists = (): [string, string, Operation][] =>
    Object.entries(document.paths)
      .filter(([, { get: operation }]) => operation !== undefined && isList(operation))
      .map(([path, item]) => [
        path,
        seeded.get(path) ?? path.replace(/\{\w+\}/g, ULID),
        item['get'] as Operation,
      ]);

  it('is found in the document: all that are known here, and those to come', () => {
    expect(lists().map(([path]) => path)).toEqual(expect.arrayContaining([...seeded.keys()]));
  });

  it('takes limit and cursor, and says so', () => {
    for (const [path, , { parameters = [] }] of lists()) {
      const names = parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name);
      expect([path, names]).toEqual([path, expect.arrayContaining(['limit', 'cursor'])]);
      const limit = parameters.find(({ name }) => name === 'limit')?.schema;
      expect([path, limit]).toMatchObject([path, { type: 'integer', minimum: 1 }]);
    }
  });

  it('takes an empty cursor for none: the first page', async () => {
    for (const [path, url] of lists()) {
      const [plain, empty] = [await get(url), await get(`${url}?cursor=`)];
      expect([path, empty.status, empty.body.data]).toEqual([path, plain.status, plain.body.data]);
      if (seeded.has(path)) expect([path, plain.status]).toEqual([path, 200]);
    }
  });

  it.each([
    'zzz',
    ULID.slice(1),
    `${ULID}0`,
    ULID.toLowerCase(),
    '%20',
    '..',
    '1.2.3',
    'a'.repeat(201),
    `x&cursor=${ULID}`,
  ])('refuses the cursor %s with one answer, and does not take it for the end', async (cursor) => {
    for (const [path, url] of lists()) {
      const { status, body } = await get(`${url}?cursor=${cursor}`);
      expect([path, status, body.error]).toEqual([
        path,
        400,
        {
          code: 'validation_error',
          message: 'The request is not valid',
          details: expect.arrayContaining([
            { path: 'cursor', message: 'cursor must be the nextCursor of another page' },
          ]),
        },
      ]);
    }
  });

  it.each(['0', '-1', '501', '1e1', '1.5', '', '%201', 'x', '1&limit=2'])(
    'refuses the limit %s',
    async (limit) => {
      for (const [path, url] of lists()) {
        const { status, body } = await get(`${url}?limit=${limit}`);
        expect([path, status, body.error?.code]).toEqual([path, 400, 'validation_error']);
      }
    },
  );

  it('gives page after page all that it has, each once', async () => {
    for (const [path, url] of lists()) {
      if (!seeded.has(path)) continue;
      const whole = (await get(`${url}?limit=200`)).body.data;
      expect([path, whole.items.length > 1, whole.nextCursor]).toEqual([path, true, null]);
      const paged: unknown[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const page: Answer = await get(`${url}?limit=1&cursor=${cursor}`);
        paged.push(...page.body.data.items);
        cursor = page.body.data.nextCursor;
      }
      expect([path, paged]).toEqual([path, whole.items]);
    }
  });

  it('is no other rule for dead jobs, or for the page of a back-test', async () => {
    const range = { from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' };
    const flow = (await get('/flows')).body.data.items[0].id as string;
    const answers = [
      await get('/dead-letters?kind=job&cursor=zzz'),
      await get(`/dead-letters?kind=job&cursor=${ULID}`),
      await call('POST', `/flows/${flow}/backtest`, { ...range, cursor: 'zzz' }),
    ];
    for (const { status, body } of answers)
      expect([status, body.error.details[0].path]).toEqual([400, 'cursor']);
    expect((await get('/dead-letters?kind=job&cursor=')).status).toBe(200);
    expect((await call('POST', `/flows/${flow}/backtest`, { ...range, cursor: '' })).status).toBe(200);
  });
});
