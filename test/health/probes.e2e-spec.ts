import request from 'supertest';
import { ServiceState } from '../../src/observability/service-state.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { freePort } from '../support/postgres-server.js';
import { until } from '../support/until.js';

describe('health probes', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startTestApp();
  });
  afterAll(() => service.close());

  it('/healthz answers healthy while the process runs', async () => {
    const { body } = await request(service.url).get('/healthz').expect(200);
    expect(body).toEqual({ ok: true, data: { status: 'healthy' }, requestId: expect.any(String) });
  });

  it('/readyz is ready without any optional credential, and says which are missing', async () => {
    const { body } = await request(service.url).get('/readyz').expect(200);
    expect(body.ok).toBe(true);
    expect(body.data.ready).toBe(true);
    expect(body.data.checks).toMatchObject({
      database: 'up',
      migrations: 'up',
      queue: 'up',
      llm: 'missing',
      clockify: 'missing',
    });
  });

  it('/metrics speaks the Prometheus text format with closed label sets', async () => {
    await request(service.url).get('/no-such-route/1');
    await request(service.url).get('/no-such-route/2');
    const { text, headers } = await request(service.url).get('/metrics').expect(200);
    expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(text).toMatch(
      /^http_request_duration_seconds_count\{method="GET",route="\(none\)",status="404"\} 2$/m,
    );
    expect(text).toMatch(/^database_pool_connections\{state="idle"\} \d+$/m);
    expect(text).toMatch(/^process_resident_memory_bytes \d/m);
    expect(text).not.toContain('no-such-route');
  });

  it('/readyz is unready as soon as the service drains, while /healthz stays healthy', async () => {
    service.app.get(ServiceState).beginDraining();
    const { body } = await request(service.url).get('/readyz').expect(503);
    expect(body).toMatchObject({ ok: false, data: { ready: false, checks: { service: 'draining' } } });
    await request(service.url).get('/healthz').expect(200);
  });
});

describe('with credentials and without metrics', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startTestApp({
      env: { CLOCKIFY_API_KEY: 'key-for-tests', DEEPSEEK_API_KEY: 'key-for-tests', METRICS_ENABLED: 'false' },
    });
  });
  afterAll(() => service.close());

  it('/readyz says what is configured', async () => {
    const { body } = await request(service.url).get('/readyz').expect(200);
    expect(body.data.checks).toMatchObject({ llm: 'configured', clockify: 'configured', slack: 'missing' });
  });

  it('/metrics is not there when it is switched off', async () => {
    const { body } = await request(service.url).get('/metrics').expect(404);
    expect(body.error.code).toBe('not_found');
  });
});

describe('with a Redis that is away', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startTestApp({
      env: { REDIS_URL: `redis://127.0.0.1:${await freePort()}`, LOG_LEVEL: 'warn' },
    });
  });
  afterAll(() => service.close());

  it('/readyz is ready, because limits are counted all the same, and says what is down', async () => {
    const { body } = await request(service.url).get('/readyz').expect(200);
    expect(body).toMatchObject({ ok: true, data: { ready: true, checks: { redis: 'down' } } });
    expect(body.data.warnings).toContain(
      'Redis is away (REDIS_URL): each process counts the limits of callers for itself',
    );
  });

  it('the log and the metrics say so, too', async () => {
    await until(() => service.logs.some(({ message }) => String(message).startsWith('Redis is away')));
    const { text } = await request(service.url).get('/metrics').expect(200);
    expect(text).toMatch(/^redis_up 0$/m);
    expect(text).toMatch(/^service_ready 1$/m);
  });

  it('requests are limited', async () => {
    const { headers } = await request(service.url).get('/actions/runs').expect(200);
    expect(headers).toHaveProperty('ratelimit-remaining');
  });
});
