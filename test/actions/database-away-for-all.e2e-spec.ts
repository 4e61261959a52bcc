import request from 'supertest';
import { createPostgresDatabase, describeOnPostgres } from '../support/database.js';
import { sendJson, startHttpServer, type TestServer } from '../support/http-server.js';
import { type Service, startService, stopAllServices } from '../support/service.js';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';
import { until } from '../support/until.js';

const WORKSPACE = '64a687e29ae1f428e7ebe303';
const RUNS = 12;
/** Longer than a lease, so that every lease has run out by the database's clock when it is back. */
const AWAY_MS = 16_000;

describeOnPostgres('runs that end while the database is away for every replica', () => {
  let database: Awaited<ReturnType<typeof createPostgresDatabase>>;
  let proxy: TcpProxy;
  let upstream: TestServer;
  let first: Service;
  let second: Service;
  const answer: (() => void)[] = [];
  beforeAll(async () => {
    database = await createPostgresDatabase();
    const url = new URL(database.url);
    proxy = await startTcpProxy(Number(url.port));
    url.hostname = '127.0.0.1';
    url.port = String(proxy.port);
    upstream = await startHttpServer((received, response) => {
      const { name } = JSON.parse(received.body.toString()) as { name: string };
      answer.push(() => sendJson(response, { id: name }, 201));
    });
    const env = {
      DATABASE_URL: url.href,
      RATE_LIMIT_PER_MINUTE: '100000',
      CLOCKIFY_API_KEY: 'test-key-0001',
      CLOCKIFY_BASE_URL: upstream.url,
      CLOCKIFY_TIMEOUT_MS: '60000',
    };
    [first, second] = await Promise.all([startService(env), startService(env)]);
    await Promise.all([first.untilReady(), second.untilReady()]);
  }, 90_000);
  afterAll(async () => {
    await stopAllServices();
    await Promise.all([upstream.close(), proxy.close()]);
    await database.drop();
  });

  const create = async (service: Service, key: string): Promise<{ status: number; id: string }> => {
    const response = await fetch(`${service.url}/actions/run`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key },
      body: JSON.stringify({
        integration: 'clockify',
        operation: 'create_client',
        params: { workspaceId: WORKSPACE, name: key },
      }),
    });
    return { status: response.status, id: ((await response.json()) as { id: string }).id };
  };

  it('are answered with what they came to, before and after, by each of them', async () => {
    const keys = Array.from({ length: RUNS }, (_, n) => `key-${n}`);
    const answered = Promise.all(keys.map((key) => create(first, key)));
    await until(() => answer.length === RUNS);
    proxy.freeze();
    const awaySinceMs = performance.now();
    answer.forEach((send) => send());
    await until(() => performance.now() - awaySinceMs > AWAY_MS, { everyMs: 100 });
    proxy.thaw();
    // Both are asked at once, and both by connections that they do not know to be dead.
    const again = [first, second].flatMap((service) =>
      keys.map(async (key) => {
        let repeat = await create(service, key);
        await until(async () => repeat.status !== 503 || void (repeat = await create(service, key)), {
          everyMs: 100,
        });
        return repeat;
      }),
    );
    const done = keys.map((key) => ({ status: 200, id: key }));
    expect(await answered).toEqual(done);
    expect(await Promise.all(again)).toEqual([...done, ...done]);
    expect(upstream.received).toHaveLength(RUNS);
    await until(async () => {
      const runs = await request(second.url).get('/actions/runs?outcome=succeeded').expect(200);
      return (runs.body.data.items as unknown[]).length === RUNS;
    });
  }, 120_000);
});
