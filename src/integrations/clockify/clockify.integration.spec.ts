import type { ServerResponse } from 'node:http';
import { startClockify, TEST_API_KEY, type TestClockify } from '../../../test/support/clockify.js';
import {
  type Handler,
  type ReceivedRequest,
  sendJson,
  startHttpServer,
  type TestServer,
} from '../../../test/support/http-server.js';

describe('the Clockify integration', () => {
  let server: TestServer;
  let clockify: TestClockify;
  let answer: Handler;
  const ok: Handler = (_request, response) => sendJson(response, { id: 'x' });
  const last = (): ReceivedRequest => server.received.at(-1)!;
  const lastBody = (): unknown => JSON.parse(last().body.toString());

  beforeAll(async () => {
    server = await startHttpServer((request, response) => answer(request, response));
    clockify = await startClockify(server.url);
  });
  beforeEach(() => {
    answer = ok;
    server.received.length = 0;
  });
  afterAll(async () => {
    await clockify.close();
    await server.close();
  });

  it('sends the key, the request id and nothing else that says who calls', async () => {
    await clockify.run('get_user');
    expect(last()).toMatchObject({ method: 'GET', url: '/api/v1/user' });
    expect(last().headers).toMatchObject({ 'x-api-key': TEST_API_KEY, 'x-request-id': 'test-request' });
    expect(last().headers).not.toHaveProperty('x-addon-token');
    expect(last().headers).not.toHaveProperty('authorization');
  });

  it('sends reports to the reports host', async () => {
    const body = {
      dateRangeStart: '2026-01-05T00:00:00',
      dateRangeEnd: '2026-01-11T23:59:59',
      summaryFilter: {},
    };
    await clockify.run('summary_report', { workspaceId: 'w1', body });
    expect(last()).toMatchObject({ method: 'POST', url: '/report/v1/workspaces/w1/reports/summary' });
    expect(lastBody()).toEqual(body);
  });

  it.each([
    ['a/b', 'a%2Fb'],
    ['../../user', '..%2F..%2Fuser'],
    ['x?admin=1', 'x%3Fadmin%3D1'],
    ['x#y', 'x%23y'],
    ['%2e%2e', '%252e%252e'],
    ['ü ', '%C3%BC%20'],
  ])('keeps the path parameter %s in its segment', async (value, segment) => {
    await clockify.run('get_workspace', { workspaceId: value });
    expect(last().url).toBe(`/api/v1/workspaces/${segment}`);
  });

  it.each(['.', '..', '', '\ud800'])('refuses the path parameter %j before any call', async (value) => {
    expect(await clockify.refusal('get_workspace', { workspaceId: value })).toMatchObject({
      code: 'validation_error',
      outcome: 'none',
    });
    expect(server.received).toEqual([]);
  });

  it('puts query parameters where the vendor wants them, lists repeated, dates in its form', async () => {
    await clockify.run('getTimeEntries', {
      workspaceId: 'w1',
      userId: 'u1',
      start: '2026-01-05T10:00:00.123+01:00',
      tags: ['t1', 't2'],
      'page-size': 10,
      hydrated: true,
    });
    const url = new URL(last().url, server.url);
    expect(url.pathname).toBe('/api/v1/workspaces/w1/user/u1/time-entries');
    expect(url.searchParams.getAll('tags')).toEqual(['t1', 't2']);
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      start: '2026-01-05T09:00:00Z',
      'page-size': '10',
      hydrated: 'true',
    });
  });

  it('sends the default of a parameter that the vendor requires', async () => {
    await clockify.run('list_users', { workspaceId: 'w1' });
    expect(last().url).toBe('/api/v1/workspaces/w1/users?include-roles=false');
  });

  it("finds a body's fields at the top level, and page_size for page-size", async () => {
    await clockify.run('create_client', { workspaceId: 'w1', name: 'Acme', archived: false });
    expect(lastBody()).toEqual({ name: 'Acme', archived: false });
    await clockify.run('list_clients', { workspace_id: 'w1', pageSize: 5 });
    expect(last().url).toBe('/api/v1/workspaces/w1/clients?page-size=5');
  });

  it('writes dates in bodies as whole UTC seconds, however deep', async () => {
    await clockify.run('create_time_entry', {
      workspaceId: 'w1',
      body: {
        start: '2026-01-05T10:00:00.999+01:00',
        end: '2026-01-05T10:00:00Z',
        description: '2026-01-05T10:00:00.5Z',
      },
    });
    expect(lastBody()).toEqual({
      start: '2026-01-05T09:00:00Z',
      end: '2026-01-05T10:00:00Z',
      description: '2026-01-05T10:00:00.5Z',
    });
  });

  it('sends files as multipart', async () => {
    await clockify.run('upload_image', {
      file: {
        base64: Buffer.from('pixels').toString('base64'),
        filename: 'me.png',
        contentType: 'image/png',
      },
    });
    expect(last().headers['content-type']).toMatch(/^multipart\/form-data; ?boundary=/);
    const text = last().body.toString();
    expect(text).toContain('name="file"; filename="me.png"');
    expect(text).toContain('image/png');
    expect(text).toContain('pixels');
  });

  it('answers a file as base64 with its type and name', async () => {
    answer = (_request, response) => {
      response.writeHead(200, {
        'content-type': 'application/pdf',
        'content-disposition': 'attachment; filename="invoice.pdf"',
      });
      response.end('%PDF');
    };
    expect(
      await clockify.run('export_invoice', { workspaceId: 'w', invoiceId: 'i', userLocale: 'en' }),
    ).toEqual({
      contentType: 'application/pdf',
      filename: 'invoice.pdf',
      base64: Buffer.from('%PDF').toString('base64'),
    });
  });

  it('answers null where Clockify answers nothing', async () => {
    answer = (_request, response) => response.writeHead(204).end();
    expect(await clockify.run('delete_time_entry', { workspaceId: 'w', id: 'e' })).toBeNull();
  });

  it('keeps one connection for calls one after the other', async () => {
    const sockets = new Set<unknown>();
    answer = (request, response) => {
      sockets.add(response.socket);
      ok(request, response);
    };
    for (let i = 0; i < 5; i++) await clockify.run('get_user');
    expect(sockets.size).toBe(1);
  });

  it('follows no redirect, so that the key goes nowhere else', async () => {
    const elsewhere = await startHttpServer(ok);
    answer = (_request, response) =>
      response.writeHead(302, { location: `${elsewhere.url}/api/v1/user` }).end();
    expect(await clockify.refusal('get_user')).toMatchObject({ code: 'upstream_error', upstreamStatus: 302 });
    expect(elsewhere.received).toEqual([]);
    await elsewhere.close();
  });

  it('previews the request without credentials and without sending it', async () => {
    const operation = clockify.integration.find('create_client')!;
    const params = { workspaceId: 'w1', body: { name: 'Acme' } };
    expect(clockify.integration.preview(operation, params)).toEqual({
      method: 'POST',
      url: `${server.url}/api/v1/workspaces/w1/clients`,
      headers: { 'content-type': 'application/json' },
      body: { name: 'Acme' },
    });
    expect(server.received).toEqual([]);
  });

  it('uses the add-on token where there is no key', async () => {
    const addon = await startClockify(server.url, {
      CLOCKIFY_API_KEY: '',
      CLOCKIFY_ADDON_TOKEN: 'addon-token-1',
    });
    await addon.run('get_workspace', { workspaceId: 'w' });
    expect(last().headers).toMatchObject({ 'x-addon-token': 'addon-token-1' });
    expect(last().headers).not.toHaveProperty('x-api-key');
    await addon.close();
  });

  it('calls nobody without credentials, and says what is missing', async () => {
    const bare = await startClockify(server.url, { CLOCKIFY_API_KEY: '' });
    expect(bare.integration.isConfigured).toBe(false);
    expect(await bare.refusal('get_user')).toMatchObject({
      code: 'unauthorized',
      message: 'Clockify API key or token not configured: set CLOCKIFY_API_KEY or CLOCKIFY_ADDON_TOKEN',
    });
    expect(server.received).toEqual([]);
    await bare.close();
  });

  it('sends no report to the vendor when only the API is somewhere else', async () => {
    const partial = await startClockify(server.url, { CLOCKIFY_REPORTS_URL: '' });
    const refusal = await partial.refusal('list_shared_reports', { workspaceId: 'w' });
    expect(refusal).toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('CLOCKIFY_REPORTS_URL'),
    });
    await partial.close();
  });

  describe('timers', () => {
    const user = { id: 'me1' };
    beforeEach(() => {
      answer = (request, response) =>
        sendJson(response, request.url === '/api/v1/user' ? user : { id: 'e1' });
    });

    it('starts one now', async () => {
      await clockify.run('start_timer', { workspaceId: 'w1', description: 'Weekly report' });
      expect(last().url).toBe('/api/v1/workspaces/w1/time-entries');
      expect(lastBody()).toEqual({
        start: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        description: 'Weekly report',
      });
    });

    it('stops the one of the current user, whom it asks for once', async () => {
      await clockify.run('stop_timer', { workspaceId: 'w1' });
      await clockify.run('stop_timer', { workspaceId: 'w1' });
      expect(server.received.map((r) => `${r.method} ${r.url}`)).toEqual([
        'GET /api/v1/user',
        'PATCH /api/v1/workspaces/w1/user/me1/time-entries',
        'PATCH /api/v1/workspaces/w1/user/me1/time-entries',
      ]);
      expect(lastBody()).toEqual({ end: expect.stringMatching(/Z$/) });
    });

    it('answers the running one, or null', async () => {
      const entries: unknown[] = [{ id: 'e1' }];
      const list = (_request: unknown, response: ServerResponse): void => sendJson(response, entries);
      answer = list;
      expect(await clockify.run('current_timer', { workspaceId: 'w1', userId: 'u2' })).toEqual({ id: 'e1' });
      expect(last().url).toBe('/api/v1/workspaces/w1/user/u2/time-entries?in-progress=true');
      entries.length = 0;
      expect(await clockify.run('current_timer', { workspaceId: 'w1', userId: 'u2' })).toBeNull();
    });
  });
});
