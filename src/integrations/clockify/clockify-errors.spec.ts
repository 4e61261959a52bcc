import { createServer } from 'node:net';
import { once } from 'node:events';
import { startClockify, TEST_API_KEY, type TestClockify } from '../../../test/support/clockify.js';
import {
  type Handler,
  sendJson,
  startHttpServer,
  type TestServer,
} from '../../../test/support/http-server.js';

describe('failures of Clockify', () => {
  let server: TestServer;
  let clockify: TestClockify;
  let answers: Handler[];
  const ok: Handler = (_request, response) => sendJson(response, { id: 'x' });
  const fail =
    (status: number, body: unknown = {}, headers: object = {}): Handler =>
    (_request, response) =>
      sendJson(response, body, status, headers);
  const cut: Handler = (_request, response) => void response.socket?.destroy();
  const silence: Handler = () => undefined;
  const calls = (): number => server.received.length;

  beforeAll(async () => {
    server = await startHttpServer((request, response) => (answers.shift() ?? ok)(request, response));
  });
  beforeEach(async () => {
    answers = [];
    server.received.length = 0;
    clockify = await startClockify(server.url);
  });
  afterEach(() => clockify.close());
  afterAll(() => server.close());

  const write = ['delete_client', { workspaceId: 'w', id: 'c' }] as const;

  describe('become our codes', () => {
    it.each([
      [400, 'validation_error', 400],
      [401, 'unauthorized', 401],
      [402, 'forbidden', 403],
      [403, 'forbidden', 403],
      [404, 'not_found', 404],
      [405, 'upstream_error', 502],
      [409, 'conflict', 409],
      [418, 'upstream_error', 502],
    ])('%i is %s', async (status, code, ourStatus) => {
      answers = [fail(status, { message: 'no', code: 3000 })];
      expect(await clockify.refusal('get_user')).toMatchObject({
        code,
        status: ourStatus,
        upstreamStatus: status,
        outcome: 'none',
        details: { upstreamStatus: status, outcome: 'none', upstreamCode: 3000 },
      });
      expect(calls()).toBe(1);
    });

    it('400 with code 501 is not_found when the thing belongs to another workspace', async () => {
      answers = [fail(400, { message: "CLIENT doesn't belong to Workspace", code: 501 })];
      expect(await clockify.refusal(...write)).toMatchObject({ code: 'not_found', status: 404 });
      answers = [fail(400, { message: 'Name is too long', code: 501 })];
      expect(await clockify.refusal(...write)).toMatchObject({ code: 'validation_error' });
    });

    it('a refusal that is no JSON is still a refusal', async () => {
      answers = [
        (_request, response) => response.writeHead(403, { 'content-type': 'text/html' }).end('<html>'),
      ];
      expect(await clockify.refusal('get_user')).toMatchObject({ code: 'forbidden' });
    });

    it('an answer that is no JSON is upstream_error', async () => {
      answers = [
        (_request, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"id":'),
      ];
      expect(await clockify.refusal('get_user')).toMatchObject({ code: 'upstream_error', outcome: 'none' });
    });

    it('an answer larger than the limit is upstream_error', async () => {
      const small = await startClockify(server.url, { CLOCKIFY_MAX_RESPONSE_SIZE_MB: '1' });
      answers = [(_request, response) => sendJson(response, { text: 'x'.repeat(1_100_000) })];
      expect(await small.refusal('get_user')).toMatchObject({
        code: 'upstream_error',
        message: expect.stringContaining('larger'),
      });
      await small.close();
    });
  });

  it('are logged without what Clockify repeats of the request, and so shown', async () => {
    answers = [fail(400, { message: `Client Secret Ltd of ws123 exists, key ${TEST_API_KEY}`, code: 501 })];
    const refusal = await clockify.refusal('create_client', { workspaceId: 'ws123', name: 'Secret Ltd' });
    expect(JSON.stringify([refusal.message, refusal.details])).not.toMatch(/Secret Ltd|ws123|test-api-key/);
    expect(refusal.details).toMatchObject({
      upstreamMessage: 'Client [value] of [value] exists, key [redacted]',
    });
    const line = clockify.logs.find((entry) => entry['operation'] === 'createClient');
    expect(line).toMatchObject({
      operation: 'createClient',
      upstream_code: 501,
      upstream_message: 'Client [value] of [value] exists, key [redacted]',
      request_id: 'test-request',
    });
  });

  describe('are tried again', () => {
    it.each([
      ['500', fail(500)],
      ['503', fail(503)],
      ['a cut connection', cut],
      ['429', fail(429)],
    ])('after %s on a read, until it succeeds', async (_name, failure) => {
      answers = [failure, failure];
      expect(await clockify.run('get_user')).toEqual({ id: 'x' });
      expect(calls()).toBe(3);
    });

    it('after a time-out on a read', async () => {
      const hasty = await startClockify(server.url, { CLOCKIFY_TIMEOUT_MS: '100' });
      answers = [silence];
      expect(await hasty.run('get_user')).toEqual({ id: 'x' });
      await hasty.close();
    });

    it('on a report, which is a POST that changes nothing', async () => {
      answers = [fail(500), cut];
      const body = { dateRangeStart: 'a', dateRangeEnd: 'b', summaryFilter: {} };
      expect(await clockify.run('summary_report', { workspaceId: 'w', body })).toEqual({ id: 'x' });
    });

    it('three times and not more, and then say what happened', async () => {
      answers = [fail(500), fail(502), fail(503), ok];
      expect(await clockify.refusal('get_user')).toMatchObject({
        code: 'upstream_error',
        status: 502,
        upstreamStatus: 503,
        outcome: 'none',
      });
      expect(calls()).toBe(3);
    });

    it('on a write after 429, which was certainly not carried out', async () => {
      answers = [fail(429), fail(429)];
      expect(await clockify.run(...write)).toEqual({ id: 'x' });
      expect(calls()).toBe(3);
    });

    it('on a write that found nobody listening', async () => {
      const listener = createServer().listen(0, '127.0.0.1');
      await once(listener, 'listening');
      const { port } = listener.address() as { port: number };
      listener.close();
      await once(listener, 'close');
      const alone = await startClockify(`http://127.0.0.1:${port}`);
      expect(await alone.refusal(...write)).toMatchObject({ code: 'upstream_error', outcome: 'none' });
      await alone.close();
    });

    it('not before Retry-After has passed', async () => {
      answers = [fail(429, {}, { 'retry-after': '1' })];
      const startedMs = Date.now();
      await clockify.run('get_user');
      expect(Date.now() - startedMs).toBeGreaterThanOrEqual(990);
    });

    it('not at all when Retry-After asks for more patience than there is', async () => {
      answers = [fail(429, {}, { 'retry-after': '3600' })];
      expect(await clockify.refusal('get_user')).toMatchObject({
        code: 'rate_limited',
        status: 429,
        retryAfterSeconds: 3600,
      });
      expect(calls()).toBe(1);
    });
  });

  describe('of a write leave its outcome unknown, and it is not repeated', () => {
    it.each([
      ['500', fail(500), 502],
      ['503', fail(503), 502],
      ['504', fail(504), 504],
      ['a cut connection', cut, 502],
      [
        'an answer that ends early',
        ((_request, response) => {
          response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
          response.write('{"id"');
          setTimeout(() => response.socket?.destroy(), 20);
        }) satisfies Handler,
        502,
      ],
    ])('after %s', async (_name, failure, status) => {
      answers = [failure];
      expect(await clockify.refusal(...write)).toMatchObject({
        code: 'upstream_error',
        status,
        outcome: 'unknown',
        details: expect.objectContaining({ outcome: 'unknown' }),
      });
      expect(calls()).toBe(1);
    });

    it('after a time-out', async () => {
      const hasty = await startClockify(server.url, { CLOCKIFY_TIMEOUT_MS: '100' });
      answers = [silence];
      expect(await hasty.refusal(...write)).toMatchObject({ status: 504, outcome: 'unknown' });
      expect(calls()).toBeLessThanOrEqual(1);
      await hasty.close();
    });

    it('after the caller gave up', async () => {
      const abort = new AbortController();
      answers = [() => abort.abort()];
      const refusal = await clockify.refusal(...write, { signal: abort.signal });
      expect(refusal).toMatchObject({ code: 'upstream_error', outcome: 'unknown' });
    });
  });

  it('of a call that was cancelled before it was sent had no effect', async () => {
    const refusal = await clockify.refusal(...write, { signal: AbortSignal.abort() });
    expect(refusal).toMatchObject({ code: 'upstream_error', outcome: 'none' });
    expect(calls()).toBe(0);
  });
});
