import type { ServerResponse } from 'node:http';
import { createEmptyPostgresDatabase, isOnPostgres } from '../support/database.js';
import { until } from '../support/until.js';
import { sendJson, startHttpServer, type TestServer } from '../support/http-server.js';
import { emptyDirectory, type Service, startService, stopAllServices } from '../support/service.js';

const WORKSPACE = '64a687e29ae1f428e7ebe303';
const CREATE = {
  integration: 'clockify',
  operation: 'create_client',
  params: { workspaceId: WORKSPACE, body: { name: 'Acme' } },
};
const READ = { integration: 'clockify', operation: 'list_workspaces' };

async function run(url: string, key: string, body: object): Promise<{ status: number; body: Answer }> {
  const response = await fetch(`${url}/actions/run`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Answer };
}

interface Answer {
  id?: string;
  workspaces?: unknown[];
  error?: { code: string; details: { outcome: string } };
  data?: { items: { operation: string; outcome: string }[] };
}

describe('kill -9 while a run waits for its upstream', () => {
  let upstream: TestServer;
  let isStuck = false;
  let database: { url: string; drop: () => Promise<void> } | undefined;
  beforeAll(async () => {
    const answer = (response: ServerResponse, isList: boolean): void =>
      sendJson(response, isList ? [{ id: WORKSPACE }] : { id: 'client-1' }, isList ? 200 : 201);
    upstream = await startHttpServer((request, response) => {
      if (!isStuck) answer(response, request.method === 'GET');
    });
    database = isOnPostgres ? await createEmptyPostgresDatabase() : undefined;
  });
  afterAll(async () => {
    await stopAllServices();
    await upstream.close();
    await database?.drop();
  });

  it('keeps what was answered, never sends the write again, and reads anew', async () => {
    const folder = emptyDirectory();
    const start = async (): Promise<Service> => {
      const service = await startService(
        {
          PORT: '0',
          CLOCKIFY_API_KEY: 'test-key-0001',
          CLOCKIFY_BASE_URL: upstream.url,
          ...(database ? { DATABASE_URL: database.url } : {}),
        },
        { cwd: folder },
      );
      await service.untilReady();
      return service;
    };
    const creations = (): number => upstream.received.filter((r) => r.method === 'POST').length;

    const first = await start();
    const answered = await run(first.url, 'answered', CREATE);
    expect(answered).toMatchObject({ status: 200, body: { id: 'client-1' } });
    isStuck = true;
    const before = upstream.received.length;
    const lost = Promise.allSettled([run(first.url, 'write', CREATE), run(first.url, 'read', READ)]);
    await until(() => upstream.received.length === before + 2);
    await first.stop('SIGKILL');
    await lost;
    isStuck = false;

    const second = await start();
    expect(await run(second.url, 'answered', CREATE)).toMatchObject({
      status: 200,
      body: { id: 'client-1' },
    });
    const [write, read] = await Promise.all([
      run(second.url, 'write', CREATE),
      run(second.url, 'read', READ),
    ]);
    expect(write).toMatchObject({
      status: 502,
      body: { error: { code: 'upstream_error', details: { outcome: 'unknown' } } },
    });
    expect(read).toMatchObject({ status: 200, body: { workspaces: [{ id: WORKSPACE }] } });
    expect(creations()).toBe(2);
    const journal = (await (await fetch(`${second.url}/actions/runs?outcome=unknown`)).json()) as Answer;
    expect(journal.data?.items).toMatchObject([{ operation: 'create_client', outcome: 'unknown' }]);
    expect(await second.stop()).toBe(0);
  }, 90_000);
});
