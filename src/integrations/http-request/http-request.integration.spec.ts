import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import { HttpService } from '@nestjs/axios';
import axios from 'axios';
import { sendJson, startHttpServer, type TestServer } from '../../../test/support/http-server.js';
import { SystemClock } from '../../clock/clock.js';
import type { ExecutionContext, Params } from '../integration.js';
import { AddressGuard, type Resolve, resolveAll } from './address-guard.js';
import { parseAddressRange } from './address-ranges.js';
import { HttpRequestClient } from './http-request.client.js';
import type { HttpRequestConfig } from './http-request.config.js';
import { HttpRequestIntegration } from './http-request.integration.js';

const context: ExecutionContext = { requestId: 'req-1', priority: 'interactive' };
const loopback = parseAddressRange('127.0.0.0/8');

function integration(
  config: Partial<HttpRequestConfig> = {},
  resolve: Resolve = resolveAll,
): HttpRequestIntegration {
  const complete: HttpRequestConfig = {
    HTTP_REQUEST_ENABLED: true,
    HTTP_REQUEST_ALLOWED_RANGES: 'value' in loopback ? [loopback.value] : [],
    HTTP_REQUEST_PLAIN_HTTP: true,
    HTTP_REQUEST_CONNECT_TIMEOUT_MS: 1000,
    HTTP_REQUEST_TIMEOUT_MS: 2000,
    HTTP_REQUEST_MAX_RESPONSE_KB: 16,
    HTTP_REQUEST_SIGNING_SECRET: undefined,
    ...config,
  };
  const client = new HttpRequestClient(new HttpService(axios.create()), complete);
  return new HttpRequestIntegration(
    new AddressGuard(complete, resolve, () => []),
    client,
    new SystemClock(),
    complete,
  );
}

function run(method: string, params: Params, from = integration()): Promise<unknown> {
  return from.execute(from.find(method)!, params, context);
}

describe('the http-request integration', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startHttpServer((request, response) => {
      const status = Number(/^\/status\/(\d+)/.exec(request.url)?.[1] ?? 200);
      if (request.url === '/redirect') return sendJson(response, {}, 302, { location: '/landed' });
      if (request.url === '/silent') return undefined;
      if (request.url === '/cut') return void response.destroy();
      if (request.url === '/text') return void response.end('plain');
      if (request.url === '/bytes') return void response.end(Buffer.from([0xff, 0xfe, 0x00]));
      if (request.url === '/bomb') {
        response.writeHead(200, { 'content-encoding': 'gzip' });
        return void response.end(gzipSync(Buffer.alloc(200_000, 'x')));
      }
      return sendJson(response, { seen: request.body.toString('utf8') }, status, { 'retry-after': '7' });
    });
  });
  afterAll(() => server.close());
  beforeEach(() => void (server.received.length = 0));

  it('sends each method with query, headers and a JSON body, and answers status, headers and body', async () => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const result = await run(method, {
        url: `${server.url}/echo?a=1`,
        query: { b: 'x y' },
        headers: { 'X-Own': 'yes' },
        body: { n: 1 },
      });
      expect(result).toMatchObject({ status: 200, body: { seen: '{"n":1}' } });
    }
    expect(server.received.map((r) => r.method)).toEqual(['POST', 'PUT', 'PATCH', 'DELETE']);
    expect(server.received[0]).toMatchObject({
      url: '/echo?a=1&b=x+y',
      headers: { 'x-own': 'yes', 'content-type': 'application/json', 'x-request-id': 'req-1' },
    });
  });

  it('answers text as text and other bytes as base64', async () => {
    expect(await run('GET', { url: `${server.url}/text` })).toMatchObject({ body: 'plain' });
    expect(await run('GET', { url: `${server.url}/bytes` })).toMatchObject({ body: { base64: '//4A' } });
  });

  it.each([
    ['GET', 404, 'not_found', 'none'],
    ['POST', 400, 'validation_error', 'none'],
    ['POST', 401, 'unauthorized', 'none'],
    ['POST', 429, 'rate_limited', 'none'],
    ['POST', 503, 'upstream_error', 'unknown'],
    ['GET', 503, 'upstream_error', 'none'],
  ])('treats the answer to %s with status %i as %s', async (method, status, code, outcome) => {
    const failure = run(method, { url: `${server.url}/status/${status}` });
    await expect(failure).rejects.toMatchObject({
      code,
      outcome,
      upstreamStatus: status,
      retryAfterSeconds: 7,
    });
    expect(server.received).toHaveLength(1);
  });

  it('does not follow a redirect', async () => {
    await expect(run('GET', { url: `${server.url}/redirect` })).rejects.toMatchObject({
      upstreamStatus: 302,
    });
    expect(server.received.map((r) => r.url)).toEqual(['/redirect']);
  });

  it('says that nobody can know when a write was cut or timed out, and does not repeat it', async () => {
    await expect(run('POST', { url: `${server.url}/cut` })).rejects.toMatchObject({ outcome: 'unknown' });
    const slow = run('POST', { url: `${server.url}/silent` }, integration({ HTTP_REQUEST_TIMEOUT_MS: 100 }));
    await expect(slow).rejects.toMatchObject({ outcome: 'unknown', status: 504 });
    expect(server.received).toHaveLength(2);
  });

  it('sends a target that honours a key the same one in each repetition, and may then repeat what was cut', async () => {
    const http = integration();
    const params = { url: `${server.url}/cut`, body: {}, idempotency: { header: 'Idempotency-Key' } };
    for (const repetitionKey of ['one', 'one', 'two']) {
      const sent = http.execute(http.find('POST')!, params, { ...context, repetitionKey });
      await expect(sent).rejects.toMatchObject({ code: 'upstream_error', outcome: 'none' });
    }
    const keys = server.received.slice(-3).map(({ headers }) => headers['idempotency-key']);
    expect(keys).toEqual(['one', 'one', 'two']);
    expect(http.isRepeatable(http.find('POST')!, params)).toBe(true);
    expect(http.isRepeatable(http.find('POST')!, { url: params.url })).toBe(false);
    const both = { ...params, headers: { 'idempotency-key': 'own' } };
    await expect(run('POST', both)).rejects.toMatchObject({ code: 'validation_error' });
  });

  it('sends nothing once its permit is lost, however long it looked for the address', async () => {
    const permit = { isHeld: true, renew: async () => undefined };
    const looked = Promise.withResolvers<void>();
    const resolve: Resolve = async (name) => {
      await looked.promise;
      return resolveAll(name);
    };
    const http = integration({}, resolve);
    const url = `http://localhost:${server.port}/`;
    const before = server.received.length;
    const sent = http.execute(http.find('POST')!, { url, body: {} }, { ...context, permit });
    permit.isHeld = false;
    looked.resolve();
    await expect(sent).rejects.toMatchObject({ outcome: 'none' });
    expect(server.received).toHaveLength(before);
  });

  it('stops reading a response that grows past the limit when it is decompressed', async () => {
    const bomb = run('GET', { url: `${server.url}/bomb` });
    await expect(bomb).rejects.toMatchObject({
      code: 'upstream_error',
      message: expect.stringContaining('larger'),
    });
  });

  it('signs method, address, time and body when there is a secret', async () => {
    const url = `${server.url}/signed`;
    await run('POST', { url, body: 'hello' }, integration({ HTTP_REQUEST_SIGNING_SECRET: 'sesame-sesame' }));
    const header = String(server.received[0]?.headers['x-clankerbot-signature']);
    const [, time, mac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(header) ?? [];
    const expected = createHmac('sha256', 'sesame-sesame')
      .update(`POST\n${url}\n${time}\nhello`)
      .digest('hex');
    expect(mac).toBe(expected);
  });

  it.each([
    'Host',
    'Content-Length',
    'Transfer-Encoding',
    'Connection',
    'Proxy-Authorization',
    'X-Clankerbot-Signature',
  ])('refuses to set the header %s', async (name) => {
    const failure = run('POST', { url: `${server.url}/echo`, headers: { [name]: 'x' } });
    await expect(failure).rejects.toMatchObject({ code: 'validation_error' });
    expect(server.received).toEqual([]);
  });

  it('is off unless it is enabled', async () => {
    const off = integration({ HTTP_REQUEST_ENABLED: false });
    expect(off.isConfigured).toBe(false);
    await expect(run('GET', { url: `${server.url}/echo` }, off)).rejects.toMatchObject({ code: 'forbidden' });
    expect(server.received).toEqual([]);
  });

  it('previews without secret headers', () => {
    const from = integration();
    const preview = from.preview(from.find('POST')!, {
      url: 'https://example.com/x',
      headers: { Authorization: 'Bearer abcdefgh' },
      body: { a: 1 },
    });
    expect(preview).toEqual({
      method: 'POST',
      url: 'https://example.com/x',
      headers: { authorization: '[redacted]', 'content-type': 'application/json' },
      body: { a: 1 },
    });
  });

  it('connects to the address that was checked, not to what the name means a moment later', async () => {
    let asked = 0;
    const resolve: Resolve = () => Promise.resolve(asked++ === 0 ? ['127.0.0.1'] : ['10.0.0.1']);
    const result = await run(
      'GET',
      { url: `http://rebind.example:${server.port}/echo` },
      integration({}, resolve),
    );
    expect(result).toMatchObject({ status: 200 });
    expect(asked).toBe(1);
    expect(server.received[0]?.headers.host).toBe(`rebind.example:${server.port}`);
  });

  it('gives up on a name that takes too long to resolve', async () => {
    const resolve: Resolve = () => new Promise(() => undefined);
    const stuck = integration({ HTTP_REQUEST_CONNECT_TIMEOUT_MS: 60 }, resolve);
    await expect(run('GET', { url: 'https://slow.example/' }, stuck)).rejects.toMatchObject({
      code: 'upstream_error',
      outcome: 'none',
    });
  });

  it('gives up on a handshake that does not end, knowing that nothing was sent', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const stuck = integration({ HTTP_REQUEST_CONNECT_TIMEOUT_MS: 60 });
    await expect(run('POST', { url: `https://127.0.0.1:${port}/` }, stuck)).rejects.toMatchObject({
      status: 504,
      outcome: 'none',
    });
    silent.close();
    await expect(run('POST', { url: `http://127.0.0.1:${port}/` })).rejects.toMatchObject({
      code: 'upstream_error',
      outcome: 'none',
    });
  });

  it('does not fall back to plain text', async () => {
    const plain = run('POST', { url: `https://127.0.0.1:${server.port}/echo` });
    await expect(plain).rejects.toMatchObject({ code: 'upstream_error', outcome: 'none' });
    expect(server.received).toEqual([]);
  });
});
