import http from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServiceDatabase } from '../support/database.js';
import { startService, stopAllServices } from '../support/service.js';
import { until } from '../support/until.js';

interface Span {
  name: string;
  traceId: string;
  parentSpanId?: string;
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
});
