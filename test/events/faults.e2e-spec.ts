import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PgliteEngine } from '../../src/storage/pglite-engine.js';
import { createEmptyPostgresDatabase, describeOnPostgres, isOnPostgres } from '../support/database.js';
import { until } from '../support/until.js';
import { startPostgres } from '../support/postgres-server.js';
import { emptyDirectory, stopAllServices } from '../support/service.js';
import { startTcpProxy } from '../support/tcp-proxy.js';
import { startWriters } from '../support/webhook-writers.js';
import { checkHistory, startRecorder, untilDispatched, withClient } from './history.js';

describe('the inbox under kill -9', () => {
  afterAll(stopAllServices);

  it(`loses nothing, repeats nothing, keeps the order: ${isOnPostgres ? 'two replicas on Postgres' : 'embedded'}`, async () => {
    const database = isOnPostgres ? await createEmptyPostgresDatabase() : undefined;
    const dataDir = join(emptyDirectory(), 'data');
    const env: Record<string, string> = database ? { DATABASE_URL: database.url } : { DATA_DIR: dataDir };
    const services = await Promise.all(Array.from({ length: database ? 2 : 1 }, () => startRecorder(env)));
    await services[0]?.untilReady();
    let turn = 0;
    const writers = startWriters(16, () => services[turn++ % services.length]?.url ?? '');
    // Twenty, or as many as a slow machine has the time for.
    const untilMs = performance.now() + 45_000;
    const wanted = database ? 20 : 4;
    let kills = 0;
    for (; kills < wanted && (kills < 4 || performance.now() < untilMs); kills++) {
      const kill = kills;
      const index = kill % services.length;
      await services[index]?.untilReady();
      await delay(50 + Math.random() * 300);
      await services[index]?.stop('SIGKILL');
      services[index] = await startRecorder(env);
    }
    await Promise.all(services.map((service) => service.untilReady()));
    await delay(200);
    await writers.stop();
    expect(writers.acknowledged.size).toBeGreaterThan(kills * 5);
    if (database) {
      await withClient(database.url, async (query) => {
        await untilDispatched(query);
        await checkHistory(query, writers);
      });
      await Promise.all(services.map((service) => service.stop()));
      await database.drop();
      return;
    }
    await until(
      async () => {
        const metrics = await (await fetch(`${services[0]?.url}/metrics`)).text();
        return (
          /event_dispatch_events\{state="waiting"\} 0\n/.test(metrics) &&
          /event_dispatch_events\{state="handling"\} 0\n/.test(metrics)
        );
      },
      { withinMs: 30_000, everyMs: 200 },
    );
    await services[0]?.stop();
    const engine = new PgliteEngine(dataDir);
    await engine.open();
    await checkHistory(async (text) => (await engine.pool.query(text)).rows, writers);
    await engine.close();
  }, 180_000);
});

describeOnPostgres('the inbox while the database has a bad day', () => {
  afterAll(stopAllServices);

  it('answers 503 while Postgres is stopped, and loses nothing when it is stopped again and again', async () => {
    const server = await startPostgres();
    const service = await startRecorder({ DATABASE_URL: server.url });
    await service.untilReady();
    const writers = startWriters(16, () => service.url);
    for (let round = 0; round < 3; round++) {
      await delay(1_000);
      await server.stop('immediate');
      await delay(1_000);
      await server.start();
      await service.untilReady();
    }
    await delay(1_000);
    await writers.stop();
    expect([...writers.statuses.keys()].sort()).toEqual([200, 503]);
    expect(writers.longestMs).toBeLessThan(5_000);
    await withClient(server.url, async (query) => {
      await untilDispatched(query);
      await checkHistory(query, writers);
    });
    expect(service.child.exitCode).toBeNull();
    await service.stop();
    await server.destroy();
  }, 90_000);

  it('answers 503 with Retry-After within a second or so over half-open connections, and recovers', async () => {
    const server = await startPostgres();
    const proxy = await startTcpProxy(server.port);
    const service = await startRecorder({
      DATABASE_URL: server.url.replace(`:${server.port}/`, `:${proxy.port}/`),
    });
    await service.untilReady();
    const send = async (n: number) => {
      const startedMs = performance.now();
      const response = await fetch(`${service.url}/webhooks/clockify`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'X-Clockify-Event-Id': `half-open-${n}` },
        body: JSON.stringify({ id: 'x', writer: 1, n }),
      });
      const tookMs = performance.now() - startedMs;
      return { status: response.status, retryAfter: response.headers.get('retry-after'), tookMs };
    };
    expect((await send(1)).status).toBe(200);
    proxy.freeze();
    const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => send(i + 2)));
    expect(new Set(answers.map(({ status, retryAfter }) => `${status} ${retryAfter}`))).toEqual(
      new Set(['503 1']),
    );
    expect(Math.max(...answers.map(({ tookMs }) => tookMs))).toBeLessThan(5_000);
    proxy.thaw();
    await until(async () => (await send(100)).status === 200, { withinMs: 20_000, everyMs: 200 });
    await service.stop('SIGKILL');
    await proxy.close();
    await server.destroy();
  }, 60_000);

  it('goes on with the events of a process that is stopped in its tracks, and none runs twice when it wakes', async () => {
    const database = await createEmptyPostgresDatabase();
    const env = { DATABASE_URL: database.url, TEST_HANDLER_MS: '20' };
    const [first, second] = await Promise.all([startRecorder(env), startRecorder(env)]);
    await Promise.all([first.untilReady(), second.untilReady()]);
    const writers = startWriters(16, () => second.url);
    await delay(1_000);
    first.child.kill('SIGSTOP');
    await delay(1_000);
    await writers.stop();
    await withClient(database.url, async (query) => {
      await untilDispatched(query);
      first.child.kill('SIGCONT');
      await delay(1_500);
      await checkHistory(query, writers);
    });
    await Promise.all([first.stop(), second.stop()]);
    await database.drop();
  }, 60_000);
});
