import http from 'node:http';
import { startTestApp, type TestApp } from '../support/app.js';
import { fails, type FakeModel, startFakeModel } from '../support/fake-model.js';
import { sendJson, startHttpServer, type TestServer } from '../support/http-server.js';
import { until } from '../support/until.js';

const JSON_TYPE = 'application/json';

interface Sent {
  path: string;
  body: string;
  headers?: Record<string, string>;
}

/** One of each way on which a request with a body makes the service say something, and what it says, in order. */
const KINDS: readonly [string, Sent, readonly string[]][] = [
  [
    'a text that the model does not read',
    { path: '/actions/parse?llm=true', body: '{"text":"stop the timer"}' },
    ['The model did not answer', 'No action can be read from this text', 'request'],
  ],
  [
    'an action that Clockify refuses',
    { path: '/actions/run', body: '{"integration":"clockify","operation":"get_user"}' },
    ['Clockify did not do what was asked', 'Clockify does not permit this with these credentials', 'request'],
  ],
  [
    'an http-request into nothing',
    {
      path: '/actions/run',
      body: '{"integration":"http-request","operation":"GET","params":{"url":"http://127.0.0.1:1/"}}',
    },
    ['The connection to the target failed', 'request'],
  ],
  [
    'a body that is no JSON',
    { path: '/actions/run', body: '{"text":' },
    ['The body is not valid JSON', 'request'],
  ],
  [
    'a flow in YAML that is none',
    { path: '/flows', body: 'name: x\nsteps: 5\n', headers: { 'Content-Type': 'application/yaml' } },
    ['The flow is not valid', 'request'],
  ],
  [
    'a delivery that nobody has signed',
    { path: '/webhooks/clockify', body: '{"id":"1"}', headers: { 'X-Webhook-Secret': 'wrong-secret' } },
    ['The X-Webhook-Secret of the delivery is not valid', 'request'],
  ],
];

/** As many of each kind at once as the machine of a busy minute has. */
const AT_ONCE = 12;

describe('the lines of a request in the log', () => {
  let model: FakeModel;
  let clockify: TestServer;
  let service: TestApp;
  const agent = new http.Agent({ keepAlive: true, maxSockets: AT_ONCE });
  beforeAll(async () => {
    model = await startFakeModel();
    model.replies.push(fails(400));
    clockify = await startHttpServer((_request, response) => sendJson(response, { message: 'No' }, 403));
    service = await startTestApp({
      env: {
        LOG_LEVEL: 'trace',
        DEEPSEEK_API_KEY: 'model-secret-0001',
        LLM_BASE_URL: model.url,
        CLOCKIFY_API_KEY: 'clockify-secret-0001',
        CLOCKIFY_BASE_URL: `${clockify.url}/api`,
        CLOCKIFY_REQUESTS_PER_SECOND: '0',
        WEBHOOK_SHARED_SECRET: 'webhook-secret-0001',
        HTTP_REQUEST_ENABLED: 'true',
        HTTP_REQUEST_ALLOWED_RANGES: '127.0.0.0/8',
        HTTP_REQUEST_PLAIN_HTTP: 'true',
      },
    });
  });
  afterAll(async () => {
    agent.destroy();
    await service.close();
    await clockify.close();
    await model.close();
  });

  /** The body only when the service asks for it, so that it ends in a turn of the event loop that is not the request's. */
  const send = async (requestId: string, { path, body, headers = {} }: Sent): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const request = http.request(`${service.url}${path}`, {
      method: 'POST',
      agent,
      headers: {
        'Content-Type': JSON_TYPE,
        'Content-Length': Buffer.byteLength(body),
        'X-Request-ID': requestId,
        Expect: '100-continue',
        ...headers,
      },
    });
    request.on('continue', () => request.end(body));
    request.on('response', (response) => {
      if (!request.writableEnded) request.end(body);
      response.resume().on('end', resolve);
    });
    request.on('error', reject);
    request.flushHeaders();
    await promise;
    await until(() => linesOf(requestId).includes('request'), { what: `the access line of ${requestId}` });
  };

  const linesOf = (requestId: string): unknown[] =>
    service.logs.filter((line) => line['request_id'] === requestId).map((line) => line['message']);

  it.each(KINDS)('carry its id: %s', async (title, sent, messages) => {
    const id = title.replaceAll(' ', '-');
    await send(id, sent);
    expect(linesOf(id)).toEqual(messages);
  });

  it('carry its id and no other when many are in work at once', async () => {
    const before = service.logs.length;
    const requests = Array.from({ length: AT_ONCE * KINDS.length }, (_, i) => {
      const [, sent, messages] = KINDS[i % KINDS.length] as (typeof KINDS)[number];
      return { id: `busy-${i}`, sent, messages };
    });
    await Promise.all(requests.map(({ id, sent }) => send(id, sent)));
    const lines = service.logs.slice(before);
    expect(lines.filter((line) => line['request_id'] === undefined)).toEqual([]);
    for (const { id, messages } of requests) expect([id, linesOf(id)]).toEqual([id, messages]);
  });
});
