import request from 'supertest';
import { startTestApp, type TestApp } from '../support/app.js';
import { exchange } from '../support/exchange.js';
import { until } from '../support/until.js';

interface RawAnswer {
  status: number;
  head: string;
  body: Record<string, unknown>;
}

/** The answers that came one after the other on one connection, all with a Content-Length. */
function answersIn(text: string): RawAnswer[] {
  const answers: RawAnswer[] = [];
  for (let rest = text; rest !== '';) {
    const bodyAt = rest.indexOf('\r\n\r\n') + 4;
    const head = rest.slice(0, bodyAt);
    const end = bodyAt + Number(/content-length: (\d+)/i.exec(head)?.[1] ?? rest.length);
    const status = Number(/^HTTP\/1\.1 (\d+) /.exec(head)?.[1]);
    answers.push({ status, head, body: JSON.parse(rest.slice(bodyAt, end) || 'null') });
    rest = rest.slice(end);
  }
  return answers;
}

const KEY = 'the-admin-of-the-test';

describe('what the HTTP parser refuses', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startTestApp({
      env: {
        API_KEYS: `root:admin:${KEY}`,
        LOG_LEVEL: 'info',
        HEADERS_TIMEOUT_SECONDS: '1',
        REQUEST_TIMEOUT_SECONDS: '1',
      },
    });
  });
  afterAll(() => service.close());

  const send = async (text: string): Promise<RawAnswer[]> => answersIn(await exchange(service.url, text));
  const keysNamed = async (name: string): Promise<unknown[]> => {
    const { items } = (await request(service.url).get('/api-keys').set('X-Api-Key', KEY).expect(200)).body
      .data;
    return items.filter((key: { name: string }) => key.name.startsWith(name));
  };
  const creation = (name: string): string => {
    const body = JSON.stringify({ name, role: 'viewer' });
    return `POST /api-keys HTTP/1.1\r\nHost: localhost\r\nX-Api-Key: ${KEY}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  };
  const accessLines = (requestId: unknown) =>
    service.logs.filter((line) => line['message'] === 'request' && line['request_id'] === requestId);

  it.each([
    ['garbage', 'GARBAGE\r\n\r\n', 400],
    ['headers that are too large', `GET / HTTP/1.1\r\nX-Big: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['CONNECT', 'CONNECT host:443 HTTP/1.1\r\nHost: host:443\r\n\r\n', 405],
    ['headers that never end', 'GET / HTTP/1.1\r\nX-Slow: ', 408],
  ])('does not take the place of an answer when %s follows the request', async (title, text, status) => {
    const name = title.replaceAll(' ', '-');
    const answers = await send(creation(`${name}-1`) + creation(`${name}-2`) + text);
    expect(answers.map((answer) => answer.status)).toEqual([201, 201, status]);
    expect(await keysNamed(name)).toHaveLength(2);
  });

  it.each([
    ['no HTTP', 'NONSENSE\r\n\r\n', 400, { method: null, path: null }],
    ['a request without Host', 'GET /healthz HTTP/1.1\r\n\r\n', 400, { method: 'GET', path: '/healthz' }],
    [
      'an unknown Expect',
      'GET /healthz HTTP/1.1\r\nHost: a\r\nExpect: 200-ok\r\n\r\n',
      417,
      { method: 'GET', path: '/healthz' },
    ],
    [
      'CONNECT',
      'CONNECT host:443 HTTP/1.1\r\nHost: host:443\r\n\r\n',
      405,
      { method: 'CONNECT', path: null },
    ],
    ['a request that does not end', 'GET /healthz HTTP/1.1\r\nHo', 408, { method: null, path: null }],
    [
      'a body that does not end',
      `POST /actions/parse HTTP/1.1\r\nHost: localhost\r\nX-Api-Key: ${KEY}\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{`,
      408,
      { method: 'POST', path: '/actions/parse', route: '/actions/parse' },
    ],
    [
      'a body in broken chunks',
      `POST /actions/parse HTTP/1.1\r\nHost: localhost\r\nX-Api-Key: ${KEY}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`,
      400,
      { method: 'POST', path: '/actions/parse', route: '/actions/parse' },
    ],
  ])('has the envelope and one access line: %s', async (_title, text, status, line) => {
    const answers = await send(text);
    expect(answers).toEqual([
      {
        status,
        head: expect.stringMatching(/^connection: close\r$/im),
        body: {
          ok: false,
          error: { code: 'validation_error', message: expect.any(String) },
          requestId: expect.any(String),
        },
      },
    ]);
    const { requestId } = answers[0]!.body;
    expect(answers[0]!.head).toContain(`X-Request-ID: ${requestId as string}\r\n`);
    await until(() => accessLines(requestId).length > 0, { what: 'the access line' });
    expect(accessLines(requestId)).toEqual([
      expect.objectContaining({ status, route: null, client: '127.0.0.1', ...line }),
    ]);
  });

  it('counts among the requests', async () => {
    await send('NONSENSE\r\n\r\n');
    const { text } = await request(service.url).get('/metrics').expect(200);
    expect(text).toMatch(
      /^http_request_duration_seconds_count\{method="OTHER",route="\(none\)",status="400"\} /m,
    );
  });

  it('leaves HTTP/1.0 without Host, and Expect: 100-continue, as they are', async () => {
    const [old] = await send('GET /healthz HTTP/1.0\r\n\r\n');
    expect(old?.status).toBe(200);
    const text = creation('continued').replace('Host:', 'Connection: close\r\nExpect: 100-continue\r\nHost:');
    expect(await exchange(service.url, text)).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 201 /);
  });
});
