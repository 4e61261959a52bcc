import http from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServiceDatabase } from '../support/database.js';
import { sendJson, startHttpServer, type TestServer } from '../support/http-server.js';
import { type Service, startService, stopAllServices } from '../support/service.js';
import { until } from '../support/until.js';

interface Span {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  kind: number;
  links?: { traceId: string; spanId: string }[];
  attributes: { key: string; value: { stringValue?: string; intValue?: number } }[];
}

/** A small OTLP/HTTP receiver: keeps the spans that come in as JSON. */
async function startReceiver(): Promise<{ url: string; spans: Span[]; paths: string[]; close(): void }> {
  const spans: Span[] = [];
  const paths: string[] = [];
  const server = http.createServer(async (request, response) => {
    paths.push(request.url ?? '');
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString()) as {
      resourceSpans: { scopeSpans: { spans: Span[] }[] }[];
    };
    for (const resource of body.resourceSpans)
      for (const scope of resource.scopeSpans) spans.push(...scope.spans);
    response.setHeader('Content-Type', 'application/json').end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, spans, paths, close: () => server.close() };
}

describe('tracing', () => {
  const drops: (() => Promise<void>)[] = [];
  afterAll(async () => {
    await stopAllServices();
    for (const drop of drops) await drop();
  });

  it('sends a span with the request id, the route template and the parent of the caller', async () => {
    const receiver = await startReceiver();
    const { env, drop } = await createServiceDatabase();
    drops.push(drop);
    const service = await startService({ ...env, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
    await service.untilReady();
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    await fetch(`${service.url}/healthz?auth_token=query-secret-1`, {
      headers: { 'X-Request-ID': 'traced-1', traceparent: `00-${traceId}-b7ad6b7169203331-01` },
    });
    const isIt = (span: Span): boolean =>
      span.attributes.some((a) => a.key === 'clankerbot.request_id' && a.value.stringValue === 'traced-1');
    await until(() => receiver.spans.some(isIt), { what: 'the span' });
    const span = receiver.spans.find(isIt);
    expect(span).toMatchObject({ name: 'GET /healthz', traceId, parentSpanId: 'b7ad6b7169203331' });
    expect(JSON.stringify(receiver.spans)).not.toContain('query-secret-1');
    expect(new Set(receiver.paths)).toEqual(new Set(['/v1/traces']));
    expect(await service.stop()).toBe(0);
    receiver.close();
  }, 40_000);

  describe('goes on past the door', () => {
    const SECRET = 'webhook-secret-0001';
    let receiver: Awaited<ReturnType<typeof startReceiver>>;
    let upstream: TestServer;
    let service: Service;
    beforeAll(async () => {
      receiver = await startReceiver();
      upstream = await startHttpServer((_request, response) => sendJson(response, { id: 'u1' }));
      const { env, drop } = await createServiceDatabase();
      drops.push(drop);
      service = await startService({
        ...env,
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        OTEL_DATABASE_SPANS: 'true',
        CLOCKIFY_API_KEY: 'clockify-secret-0001',
        CLOCKIFY_BASE_URL: `${upstream.url}/api`,
        WEBHOOK_SHARED_SECRET: SECRET,
        HTTP_REQUEST_ENABLED: 'true',
        HTTP_REQUEST_PLAIN_HTTP: 'true',
        HTTP_REQUEST_ALLOWED_RANGES: '127.0.0.0/8',
      });
      await service.untilReady();
    }, 40_000);
    afterAll(async () => {
      await service.stop();
      await upstream.close();
      receiver.close();
    });
    beforeEach(() => {
      receiver.spans.length = 0;
      upstream.received.length = 0;
    });

    const post = async (path: string, body: object, headers: Record<string, string> = {}) => {
      const response = await fetch(`${service.url}${path}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...headers },
        body: JSON.stringify(body),
      });
      return (await response.json()) as { data: { id: string }; requestId: string };
    };
    const span = async (name: string): Promise<Span> => {
      const find = (): Span | undefined => receiver.spans.find((one) => one.name === name);
      await until(() => find() !== undefined, {
        what: () => `${name} among ${receiver.spans.map((one) => one.name).join(', ')}`,
      });
      return find() as Span;
    };
    const action = { integration: 'clockify', operation: 'get_user', params: {} };

    it('to a call, which is told of the trace', async () => {
      await post('/actions/run', action);
      const server = await span('POST /actions/run');
      const call = await span('clockify getLoggedUser');
      expect(call).toMatchObject({ kind: 3, traceId: server.traceId, parentSpanId: server.spanId });
      expect(upstream.received[0]?.headers['traceparent']).toBe(`00-${call.traceId}-${call.spanId}-01`);
      expect(JSON.stringify(receiver.spans)).not.toContain('clockify-secret-0001');
    });

    it('to the statements of the database where they are asked for, without their values', async () => {
      await post('/flows/validate', { name: 'value-of-a-statement', trigger: {}, steps: [] });
      const response = await fetch(`${service.url}/flows/value-of-a-statement`);
      expect(response.status).toBe(404);
      const server = await span('GET /flows/:id');
      await until(() => receiver.spans.some(({ parentSpanId }) => parentSpanId === server.spanId));
      const statement = receiver.spans.find(({ parentSpanId }) => parentSpanId === server.spanId);
      expect(statement).toMatchObject({ name: 'select', kind: 3, traceId: server.traceId });
      expect(JSON.stringify(receiver.spans)).not.toContain('value-of-a-statement');
    });

    it('to an address of the user, which is not told, and whose URL is not shown', async () => {
      const url = `${upstream.url}/hook?token=of-the-user`;
      await post('/actions/run', { integration: 'http-request', operation: 'GET', params: { url } });
      expect((await span('http-request GET')).kind).toBe(3);
      expect(upstream.received[0]?.headers).not.toHaveProperty('traceparent');
      expect(JSON.stringify(receiver.spans)).not.toContain('of-the-user');
    });

    it('from a delivery to its event, the run of a flow, and what the run calls', async () => {
      await post('/flows', {
        name: 'Traced',
        trigger: { source: 'clockify', events: ['NEW_TAG'] },
        steps: [{ id: 'who', action: 'clockify.get_user', params: {} }],
      });
      const traceId = '1af7651916cd43dd8448eb211c80319c';
      for (const headers of [{}, { traceparent: `00-${traceId}-b7ad6b7169203331-01` }]) {
        receiver.spans.length = 0;
        const type = { 'Clockify-Webhook-Event-Type': 'NEW_TAG', 'X-Webhook-Secret': SECRET };
        await post(
          '/webhooks/clockify',
          { id: `tag-${Object.keys(headers).length}` },
          { ...type, ...headers },
        );
        const delivery = await span('POST /webhooks/:provider');
        const cause = [expect.objectContaining({ traceId: delivery.traceId, spanId: delivery.spanId })];
        expect((await span('event')).links).toEqual(cause);
        const run = await span('flow run');
        expect(run.links).toEqual(cause);
        expect(run.traceId).not.toBe(delivery.traceId);
        const call = await span('clockify getLoggedUser');
        expect(call).toMatchObject({ traceId: run.traceId, parentSpanId: run.spanId });
      }
    });

    it('from a request to the run of a schedule that it asks for', async () => {
      const { data } = await post('/schedules', { ...action, name: 'Traced', every: 'P1D' });
      await post(`/schedules/${data.id}/run`, {});
      const asked = await span('POST /schedules/:id/run');
      const run = await span('schedule run');
      expect(run.links).toEqual([expect.objectContaining({ traceId: asked.traceId, spanId: asked.spanId })]);
      expect((await span('clockify getLoggedUser')).parentSpanId).toBe(run.spanId);
      expect(await span('job schedule-runs')).toMatchObject({ kind: 5 });
    });
  });
});
