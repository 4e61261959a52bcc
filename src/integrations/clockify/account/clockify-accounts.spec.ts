import { inspect } from 'node:util';
import { startClockify, TEST_API_KEY, type TestClockify } from '../../../../test/support/clockify.js';
import {
  type Handler,
  sendJson,
  startHttpServer,
  type TestServer,
} from '../../../../test/support/http-server.js';
import { ShiftedClock } from '../../../../test/support/shifted-clock.js';
import type { AccountSettings } from './clockify-account.js';

const TOKENS = { one: 'token-of-one-0123456789', two: 'token-of-two-0123456789' };

describe('several Clockify accounts in one process', () => {
  let server: TestServer;
  let answer: Handler;
  let clockify: TestClockify;
  let installed: Map<string, AccountSettings>;
  let asked = 0;
  const clock = new ShiftedClock();
  const settings = (addonToken: string, more: Partial<AccountSettings> = {}): AccountSettings => ({
    credential: { addonToken },
    hosts: { core: `${server.url}/addon/api`, reports: `${server.url}/addon/report`, audit: undefined },
    requestsPerSecond: 0,
    requestsPerHour: 0,
    ...more,
  });
  const tokensSent = () => server.received.map(({ headers }) => headers['x-addon-token']);

  beforeAll(async () => {
    server = await startHttpServer((request, response) => answer(request, response));
  });
  beforeEach(async () => {
    clockify = await startClockify(server.url, { CLOCKIFY_ATTEMPTS: '1' }, { clock });
    installed = new Map([
      ['one', settings(TOKENS.one)],
      ['two', settings(TOKENS.two)],
    ]);
    asked = 0;
    clockify.accounts.register('addon', async (name) => {
      asked += 1;
      return installed.get(name);
    });
    answer = (_request, response) => sendJson(response, { id: 'x' });
    server.received.length = 0;
  });
  afterEach(() => clockify.close());
  afterAll(() => server.close());

  const as = (account: string) => ({ account });

  it('send each their own credential to their own address', async () => {
    await clockify.run('get_user', {}, as('addon:one'));
    await clockify.run('get_user', {}, as('addon:two'));
    await clockify.run('get_user');
    expect(tokensSent()).toEqual([TOKENS.one, TOKENS.two, undefined]);
    expect(server.received.map(({ headers }) => headers['x-api-key'])).toEqual([
      undefined,
      undefined,
      TEST_API_KEY,
    ]);
    expect(server.received.map(({ url }) => url)).toEqual([
      '/addon/api/v1/user',
      '/addon/api/v1/user',
      '/api/v1/user',
    ]);
  });

  it('have breakers of their own', async () => {
    answer = (request, response) =>
      sendJson(response, {}, request.headers['x-addon-token'] === TOKENS.one ? 503 : 200);
    for (let i = 0; i < 6; i++) {
      await clockify.refusal('get_user', {}, as('addon:one'));
      clock.forward(1_000);
    }
    expect(server.received).toHaveLength(5);
    await clockify.run('get_user', {}, as('addon:two'));
    await clockify.run('get_user');
    expect(server.received).toHaveLength(7);
    expect(await clockify.metrics()).toContain('clockify_breaker_open{host="core"} 1');
  });

  it('have budgets of their own', async () => {
    installed.set('one', settings(TOKENS.one, { requestsPerHour: 2 }));
    await clockify.run('get_user', {}, as('addon:one'));
    await clockify.run('get_user', {}, as('addon:one'));
    expect(await clockify.refusal('get_user', {}, as('addon:one'))).toMatchObject({ code: 'rate_limited' });
    for (let i = 0; i < 5; i++) await clockify.run('get_user', {}, as('addon:two'));
    expect(server.received).toHaveLength(7);
  });

  it('are different users', async () => {
    answer = ({ headers }, response) =>
      sendJson(response, {
        id: `user-of-${headers['x-addon-token'] ?? 'key'}`,
        settings: { timeZone: 'UTC' },
      });
    const run = (account?: string) =>
      clockify.run('list_time_entries', { workspaceId: 'w' }, account === undefined ? {} : { account });
    for (const account of ['addon:one', 'addon:two', undefined, 'addon:one']) await run(account);
    const lists = server.received.map(({ url }) => url).filter((url) => url.includes('time-entries'));
    expect(lists.map((url) => url.split('/').at(-2))).toEqual([
      `user-of-${TOKENS.one}`,
      `user-of-${TOKENS.two}`,
      'user-of-key',
      `user-of-${TOKENS.one}`,
    ]);
  });

  it('that look the same do not take what the other has made for their own', async () => {
    const made: { id: string; name: string }[] = [];
    let isLost = true;
    answer = (request, response) => {
      if (request.method === 'GET') return sendJson(response, made);
      made.push({ id: `${made.length}`.padStart(24, 'f'), name: 'Acme' });
      if (isLost) response.destroy();
      else sendJson(response, made.at(-1));
    };
    const create = (account: string) =>
      clockify.run('create_client', { workspaceId: 'w', body: { name: 'Acme' } }, as(account));
    const first = await create('addon:one');
    isLost = false;
    const second = await create('addon:two');
    expect([first, second]).toEqual([
      expect.objectContaining({ id: 'f'.repeat(23) + '0' }),
      expect.objectContaining({ id: 'f'.repeat(23) + '1' }),
    ]);
  });

  it('are asked for once, also by many at a time, and again after a moment', async () => {
    await Promise.all(Array.from({ length: 20 }, () => clockify.run('get_user', {}, as('addon:one'))));
    expect(asked).toBe(1);
    const { accounts } = clockify;
    const before = await accounts.find('addon:one');
    clock.forward(60_000);
    expect(await accounts.find('addon:one')).toBe(before);
    expect(asked).toBe(2);
    installed.set('one', settings('another-token-0123456789'));
    accounts.forget('addon:one');
    await clockify.run('get_user', {}, as('addon:one'));
    expect(tokensSent().at(-1)).toBe('another-token-0123456789');
  });

  it.each(['addon:three', 'nobody:one', 'addon', ''])(
    'refuse a call as %j, which there is not',
    async (id) => {
      expect(await clockify.refusal('get_user', {}, as(id))).toMatchObject({
        code: 'unauthorized',
        outcome: 'none',
      });
      expect(server.received).toEqual([]);
    },
  );

  it('send nothing while their settings cannot be read, and say so', async () => {
    clockify.accounts.register('away', () => Promise.reject(new Error('connection refused')));
    const refusal = await clockify.refusal('create_client', { workspaceId: 'w', name: 'x' }, as('away:one'));
    expect(refusal).toMatchObject({ code: 'unavailable', outcome: 'none' });
    expect(server.received).toEqual([]);
  });

  it('are gone with their settings', async () => {
    await clockify.run('get_user', {}, as('addon:one'));
    installed.delete('one');
    clockify.accounts.forget('addon:one');
    expect(await clockify.refusal('get_user', {}, as('addon:one'))).toMatchObject({ code: 'unauthorized' });
    expect(clockify.accounts.inUse().map(({ id }) => id)).toEqual(['default']);
  });

  it('show their credential nowhere', async () => {
    answer = (_request, response) => sendJson(response, { message: `bad token ${TOKENS.one}` }, 401);
    const before = clockify.logs.length;
    const error = await clockify.refusal('get_user', {}, as('addon:one'));
    const account = await clockify.accounts.find('addon:one');
    const shown = [inspect(account, { depth: 9, showHidden: true }), JSON.stringify(account)];
    shown.push(JSON.stringify(error), error.message, JSON.stringify(clockify.logs.slice(before)));
    expect(shown.join()).not.toContain(TOKENS.one);
    expect(shown.join()).toContain('[redacted]');
  });
});
