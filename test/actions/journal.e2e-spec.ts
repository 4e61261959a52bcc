import request from 'supertest';
import { IntegrationError } from '../../src/integrations/integration-error.js';
import { JournalRetention } from '../../src/actions/journal-retention.js';
import { Clock } from '../../src/clock/clock.js';
import { type ActionsApp, startActionsApp } from '../support/actions-app.js';
import { MovedClock } from '../support/moved-clock.js';

const SECRET = 'sk-very-secret-0001';
const DAY_MS = 86_400_000;

describe('the journal of runs', () => {
  let service: ActionsApp;
  const clock = new MovedClock();
  beforeAll(async () => {
    service = await startActionsApp({
      env: { ACTION_JOURNAL_DAYS: '2', DEEPSEEK_API_KEY: SECRET },
      override: (builder) => builder.overrideProvider(Clock).useValue(clock),
    });
  });
  afterAll(() => service.close());
  beforeEach(async () => {
    service.fake.onExecute = async (_operation, params) => ({ id: 'new', ...params });
    await service.engine.pool.query('truncate clankerbot.action_runs');
  });

  const run = (operation: string, params: object = {}) =>
    request(service.url).post('/actions/run').send({ integration: 'clockify', operation, params });
  const list = async (query = '') =>
    (await request(service.url).get(`/actions/runs${query}`).expect(200)).body.data;

  it('has who, what, when, how long, how it ended, for which request', async () => {
    const response = await run('create_client', { workspaceId: 'w', name: 'Acme' }).set(
      'X-Request-ID',
      'req-1',
    );
    const id = response.headers['x-run-id'];
    const shown = await request(service.url).get(`/actions/runs/${id}`).expect(200);
    expect(shown.body.data).toEqual({
      id,
      integration: 'clockify',
      operation: 'create_client',
      outcome: 'succeeded',
      isWrite: true,
      caller: expect.any(String),
      requestId: 'req-1',
      idempotencyKey: null,
      startedAt: expect.any(String),
      finishedAt: expect.any(String),
      durationMs: expect.any(Number),
      params: { workspaceId: 'w', body: { name: 'Acme' } },
      result: { id: 'new', workspaceId: 'w', body: { name: 'Acme' } },
      error: null,
      late: null,
    });
    expect((await list()).items).toEqual([shown.body.data]);
  });

  it('has failures with their code, and unknown outcomes as such', async () => {
    const failure = { current: new IntegrationError('not_found', 'No such client', { upstreamStatus: 404 }) };
    service.fake.onExecute = async () => {
      throw failure.current;
    };
    await run('get_user').expect(404);
    failure.current = new IntegrationError('upstream_error', 'The answer was lost', { outcome: 'unknown' });
    await run('create_client', { workspaceId: 'w', name: 'Acme' }).expect(502);
    await run('get_user').expect(502);
    expect((await list()).items).toMatchObject([
      { operation: 'get_user', outcome: 'failed', error: { code: 'upstream_error' } },
      { operation: 'create_client', outcome: 'unknown', error: { details: { outcome: 'unknown' } } },
      {
        operation: 'get_user',
        outcome: 'failed',
        error: { code: 'not_found', details: { upstreamStatus: 404 } },
      },
    ]);
  });

  it('has a write on record before it is sent', async () => {
    const seen = Promise.withResolvers<unknown>();
    service.fake.onExecute = async () => {
      seen.resolve(await list());
      return {};
    };
    await run('create_client', { workspaceId: 'w', name: 'Acme' }).expect(200);
    expect(await seen.promise).toMatchObject({ items: [{ outcome: 'running', operation: 'create_client' }] });
  });

  it('hides secrets, and keeps no more of a large result than it says', async () => {
    service.fake.onExecute = async () => ({
      authToken: 'abc',
      note: `key ${SECRET} here`,
      nested: [{ webhookSecret: 'abc' }],
      long: 'x'.repeat(10_000),
      many: Array.from({ length: 5_000 }, (_, i) => ({ i })),
    });
    await run('anything_goes', {
      password: 'p4ss',
      deep: { apiKey: 'k', url: `https://u:hunter22@x.test/?token=t0k` },
    });
    const { rows } = await service.engine.pool.query<Record<string, string>>(
      'select * from clankerbot.action_runs',
    );
    const text = JSON.stringify(rows);
    for (const secret of [SECRET, 'p4ss', '"k\\', 'hunter22', 't0k', 'abc'])
      expect(text).not.toContain(secret);
    expect(rows[0]?.['result']?.length).toBeLessThan(3_000);
    const [{ result }] = (await list()).items;
    expect(result.many).toHaveLength(21);
    expect(result.many[20]).toBe('… 4980 more');
  });

  it('keeps text that Postgres has no character for', async () => {
    service.fake.onExecute = async () => ({ text: 'a\0b\ud800' });
    await run('anything_goes', { text: 'a\0b' }).expect(200);
    expect((await list()).items[0]).toMatchObject({
      params: { text: 'a\0b' },
      result: { text: 'a\0b\ud800' },
    });
  });

  it('pages from the newest to the oldest, each run once', async () => {
    for (let i = 0; i < 5; i++) await run('anything_goes', { i });
    const seen: number[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: { items: { params: { i: number } }[]; nextCursor: string | null } = await list(
        `?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`,
      );
      seen.push(...page.items.map((item) => item.params.i));
      cursor = page.nextCursor;
    }
    expect(seen).toEqual([4, 3, 2, 1, 0]);
  });

  it('finds what a request has run, and nothing for a request that ran nothing', async () => {
    await run('get_user');
    const response = await run('list_workspaces');
    const { items } = await list(`?requestId=${response.body.requestId}`);
    expect(items).toMatchObject([{ operation: 'list_workspaces', requestId: response.body.requestId }]);
    expect((await list('?requestId=nobody')).items).toEqual([]);
    await request(service.url)
      .get(`/actions/runs?requestId=${'x'.repeat(129)}`)
      .expect(400);
  });

  it('filters by integration, operation, outcome, caller and time', async () => {
    await run('get_user');
    const [first] = (await list()).items;
    clock.offsetMs = 60_000;
    await run('list_workspaces');
    clock.offsetMs = 0;
    const operations = async (query: string) =>
      (await list(query)).items.map((item: { operation: string }) => item.operation);
    const later = new Date(Date.parse(first.startedAt) + 30_000).toISOString();
    expect(await operations('?operation=get_user')).toEqual(['get_user']);
    expect(await operations('?integration=slack')).toEqual([]);
    expect(await operations('?outcome=succeeded')).toHaveLength(2);
    expect(await operations('?outcome=failed')).toEqual([]);
    expect(await operations(`?caller=${encodeURIComponent(first.caller)}`)).toHaveLength(2);
    expect(await operations('?caller=nobody')).toEqual([]);
    expect(await operations(`?from=${later}`)).toEqual(['list_workspaces']);
    expect(await operations(`?to=${later}`)).toEqual(['get_user']);
  });

  it.each([
    '?limit=0',
    '?limit=201',
    '?limit=x',
    '?cursor=x',
    '?outcome=great',
    '?from=yesterday',
    '?colour=red',
  ])('refuses %s', async (query) => {
    const response = await request(service.url).get(`/actions/runs${query}`).expect(400);
    expect(response.body.error.code).toBe('validation_error');
  });

  it('answers not_found for a run that is not there', async () => {
    await request(service.url).get('/actions/runs/nothing').expect(404);
  });

  it('forgets runs after their days', async () => {
    await run('get_user');
    clock.offsetMs = 1 * DAY_MS;
    await run('list_workspaces');
    clock.offsetMs = 2 * DAY_MS + 60_000;
    await service.app.get(JournalRetention).sweep();
    expect((await list()).items).toMatchObject([{ operation: 'list_workspaces' }]);
    clock.offsetMs = 0;
  });
});
