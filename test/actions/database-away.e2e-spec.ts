import { setTimeout as delay } from 'node:timers/promises';
import { describeOnPostgres } from '../support/database.js';
import { sendJson, startHttpServer, type TestServer } from '../support/http-server.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { type Service, startService, stopAllServices } from '../support/service.js';

const WORKSPACE = '64a687e29ae1f428e7ebe303';
const KEYS = 240;
const WORKERS = 8;
const CRASHES = 3;

describeOnPostgres('runs while the database crashes and comes back', () => {
  let postgres: PostgresServer;
  let upstream: TestServer;
  let service: Service;
  const sent = new Map<string, number>();
  beforeAll(async () => {
    postgres = await startPostgres();
    upstream = await startHttpServer((request, response) => {
      const { name } = JSON.parse(request.body.toString()) as { name: string };
      sent.set(name, (sent.get(name) ?? 0) + 1);
      setTimeout(() => sendJson(response, { id: name }, 201), Math.random() * 20);
    });
    service = await startService({
      PORT: '0',
      RATE_LIMIT_PER_MINUTE: '1000000',
      DATABASE_URL: postgres.url,
      CLOCKIFY_API_KEY: 'test-key-0001',
      CLOCKIFY_BASE_URL: upstream.url,
      CLOCKIFY_REQUESTS_PER_SECOND: '0',
    });
    await service.untilReady();
  }, 60_000);
  afterAll(async () => {
    await stopAllServices();
    await upstream.close();
    await postgres.destroy();
  });

  const run = async (key: string): Promise<{ status: number; id: string | undefined }> => {
    const response = await fetch(`${service.url}/actions/run`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key },
      body: JSON.stringify({
        integration: 'clockify',
        operation: 'create_client',
        params: { workspaceId: WORKSPACE, name: key },
      }),
    });
    return { status: response.status, id: ((await response.json()) as { id?: string }).id };
  };

  it('are answered in the end, and each key has called its upstream once', async () => {
    const waiting = Array.from({ length: KEYS }, (_, i) => `key-${i}`);
    const answers = new Map<string, string | undefined>();
    const statuses = new Set<number>();
    const worker = async (): Promise<void> => {
      for (let key = waiting.shift(); key !== undefined; key = waiting.shift()) {
        let answer = await run(key);
        for (; answer.status === 503; answer = await run(key)) {
          statuses.add(503);
          await delay(50);
        }
        statuses.add(answer.status);
        answers.set(key, answer.id);
      }
    };
    const crash = async (): Promise<void> => {
      for (let i = 1; i <= CRASHES; i++) {
        while (answers.size < (KEYS / (CRASHES + 1)) * i) await delay(5);
        await postgres.stop('immediate');
        await delay(100);
        await postgres.start();
      }
    };
    await Promise.all([crash(), ...Array.from({ length: WORKERS }, worker)]);
    expect([...statuses].sort()).toEqual([200, 503]);
    expect([...answers].filter(([key, id]) => id !== key)).toEqual([]);
    expect(sent.size).toBe(KEYS);
    expect([...sent].filter(([, times]) => times !== 1)).toEqual([]);

    // What the database could not take is written within a beat or two, and nothing else is on record.
    const runsThat = async (outcome: string): Promise<unknown[]> => {
      const list = await fetch(`${service.url}/actions/runs?limit=200&outcome=${outcome}`);
      return ((await list.json()) as { data: { items: unknown[] } }).data.items;
    };
    const untilMs = performance.now() + 20_000;
    while ((await runsThat('running')).length > 0 && performance.now() < untilMs) await delay(200);
    expect([
      ...(await runsThat('running')),
      ...(await runsThat('failed')),
      ...(await runsThat('unknown')),
    ]).toEqual([]);
    for (const key of ['key-0', 'key-100', 'key-239'])
      expect(await run(key)).toEqual({ status: 200, id: key });
    expect([...sent].filter(([, times]) => times !== 1)).toEqual([]);
  }, 90_000);
});
