import { setTimeout as delay } from 'node:timers/promises';
import { ServiceState } from '../../src/observability/service-state.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { createPostgresDatabase, describeOnPostgres } from '../support/database.js';
import { startService, stopAllServices } from '../support/service.js';
import { startTcpProxy } from '../support/tcp-proxy.js';

const readMetrics = async (url: string): Promise<Map<string, number>> => {
  const text = await (await fetch(`${url}/metrics`)).text();
  const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    samples.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
};

describe('the gauges of waiting work', () => {
  let service: TestApp;
  beforeAll(async () => {
    // Its workers do nothing, so what is put there stays.
    service = await startTestApp({ env: { PROCESS_ROLE: 'web' } });
  });
  afterAll(() => service.close());

  it('show flow runs by what they wait for, and for how long the first that could go on has waited', async () => {
    await service.engine.pool.query(`
      insert into clankerbot.flow_runs (id, flow_id, flow_version, trigger_key, origin, input, status, ready_at,
        max_concurrency, chain, created_at, request_id, created_by)
      select 'r' || n, 'f', 1, 'k' || n, 'manual', '{}', status, now() + seconds * interval '1 second', 1, '{}', now(), 'x', 'x'
      from (values (1, 'queued', -90), (2, 'waiting', -30), (3, 'waiting', 600), (4, 'running', -500), (5, 'failed', -900))
        as run (n, status, seconds)`);
    const metrics = await readMetrics(service.url);
    expect(metrics.get('flow_runs_open{state="ready"}')).toBe(2);
    expect(metrics.get('flow_runs_open{state="parked"}')).toBe(1);
    expect(metrics.get('flow_runs_open{state="running"}')).toBe(1);
    expect(metrics.get('flow_runs_oldest_ready_seconds')).toBeGreaterThan(89);
    expect(metrics.get('flow_runs_oldest_ready_seconds')).toBeLessThan(150);
  });

  it('show how long a schedule is overdue that nobody fires', async () => {
    expect((await readMetrics(service.url)).get('schedule_overdue_seconds')).toBe(0);
    await service.engine.pool.query(`
      insert into clankerbot.schedules (id, timing, timezone, target, misfire, overlap, jitter_seconds, is_paused,
        next_due_at, next_fire_at, created_by, created_at, updated_at)
      select 's' || seconds, '{}', 'UTC', '{}', '{}', 'skip', 0, false, now(), now() - seconds * interval '1 second', 'x', now(), now()
      from (values (-60), (40), (200)) as due (seconds)`);
    const overdue = (await readMetrics(service.url)).get('schedule_overdue_seconds');
    expect(overdue).toBeGreaterThan(199);
    expect(overdue).toBeLessThan(260);
  });

  it('say whether the service is ready, as /readyz does', async () => {
    expect((await readMetrics(service.url)).get('service_ready')).toBe(1);
    service.app.get(ServiceState).beginDraining();
    expect((await readMetrics(service.url)).get('service_ready')).toBe(0);
  });
});

describe('the lag of the event loop', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startTestApp({ env: { PROCESS_ROLE: 'web' } });
  });
  afterAll(() => service.close());

  it('shows since the last scrape how long whoever comes has to wait', async () => {
    await readMetrics(service.url);
    const startedMs = performance.now();
    setImmediate(() => {
      while (performance.now() - startedMs < 400) continue; // A turn that nobody else gets a word in.
    });
    await delay(500);
    const lag = async (): Promise<number[]> => {
      const metrics = await readMetrics(service.url);
      return ['min', 'mean', 'p50', 'p90', 'p99', 'max', 'stddev'].map(
        (figure) => metrics.get(`nodejs_eventloop_lag_${figure}_seconds`) ?? NaN,
      );
    };
    const [min = NaN, mean = NaN, p50 = NaN, p90 = NaN, p99 = NaN, max = NaN, stddev = NaN] = await lag();
    const windowS = (performance.now() - startedMs) / 1000;
    expect(max).toBeGreaterThan(0.39);
    // Whoever came at a moment of that turn waited for the rest of it.
    expect(mean).toBeGreaterThan(0.39 ** 2 / 2 / windowS / 2);
    expect(stddev).toBeGreaterThan(0);
    expect([min, p50, p90, p99, max]).toEqual([min, p50, p90, p99, max].sort((a, b) => a - b));
    expect(p99).toBeGreaterThan(Math.min(0.2, 0.39 - 0.02 * windowS));
    expect((await lag())[5]).toBeLessThan(max);
  });
});

describe('the count of statements', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startTestApp({ env: { PROCESS_ROLE: 'web' } });
  });
  afterAll(() => service.close());

  it('counts each that the pool has carried out', async () => {
    const count = async (): Promise<number> =>
      (await readMetrics(service.url)).get('database_statements_total') ?? NaN;
    const before = await count();
    for (let i = 0; i < 100; i++) await service.engine.pool.query('select 1');
    // A scrape asks a few things too, and so does what runs beside it; neither comes near a hundred.
    expect((await count()) - before).toBeGreaterThanOrEqual(100);
    expect((await count()) - before).toBeLessThan(200);
  });
});

describeOnPostgres('while the database is there and answers nothing', () => {
  afterAll(stopAllServices);

  it('a scrape is answered within the time that Prometheus has, without what cannot be known', async () => {
    const { url, drop } = await createPostgresDatabase();
    const proxied = new URL(url);
    const proxy = await startTcpProxy(Number(proxied.port));
    proxied.port = String(proxy.port);
    const service = await startService({ DATABASE_URL: proxied.href });
    await service.untilReady();
    expect((await readMetrics(service.url)).get('event_dispatch_oldest_seconds')).toBe(0);
    proxy.freeze();
    const startedMs = performance.now();
    const metrics = await readMetrics(service.url);
    expect(performance.now() - startedMs).toBeLessThan(8_000);
    expect(metrics.get('service_ready')).toBe(0);
    expect(metrics.has('event_dispatch_oldest_seconds')).toBe(false);
    expect(metrics.has('flow_runs_oldest_ready_seconds')).toBe(false);
    expect(metrics.has('process_start_time_seconds')).toBe(true);
    await service.stop('SIGKILL');
    await proxy.close();
    await drop();
  }, 60_000);
});
