import type { ServerResponse } from 'node:http';
import { createPostgresDatabase, describeOnPostgres } from '../support/database.js';
import { sendJson, startHttpServer, type TestServer } from '../support/http-server.js';
import { type Service, startService, stopAllServices } from '../support/service.js';
import { until } from '../support/until.js';

const WORKSPACE = '64a687e29ae1f428e7ebe303';

describeOnPostgres('equal creations on two replicas', () => {
  let database: Awaited<ReturnType<typeof createPostgresDatabase>>;
  let clockify: TestServer;
  let first: Service;
  let second: Service;
  const made: { id: string; name: string }[] = [];
  /** What becomes of the next creations, in order; the others are made and answered at once. */
  const next: ((response: ServerResponse) => void)[] = [];
  let looks = 0;
  const make = (): { id: string; name: string } => {
    const seconds = Math.floor(Date.now() / 1000).toString(16);
    const entry = { id: `${seconds}${String(made.length).padStart(16, '0')}`, name: 'Acme' };
    made.push(entry);
    return entry;
  };
  beforeAll(async () => {
    database = await createPostgresDatabase();
    clockify = await startHttpServer(({ method }, response) => {
      if (method === 'GET') {
        looks++;
        return sendJson(response, made);
      }
      const handle = next.shift();
      if (handle) handle(response);
      else sendJson(response, make(), 201);
    });
    const env = {
      DATABASE_URL: database.url,
      CLOCKIFY_API_KEY: 'test-key-0001',
      CLOCKIFY_BASE_URL: clockify.url,
      CLOCKIFY_RETRY_DELAY_MS: '50',
    };
    [first, second] = await Promise.all([startService(env), startService(env)]);
    await Promise.all([first.untilReady(), second.untilReady()]);
  }, 90_000);
  afterAll(async () => {
    await stopAllServices();
    await clockify.close();
    await database.drop();
  });
  beforeEach(() => {
    made.length = 0;
    looks = 0;
  });

  const create = async (service: Service): Promise<string> => {
    const response = await fetch(`${service.url}/actions/run`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({
        integration: 'clockify',
        operation: 'create_client',
        params: { workspaceId: WORKSPACE, body: { name: 'Acme' } },
      }),
    });
    return ((await response.json()) as { id: string }).id;
  };

  it('are each answered with their own, when the answer of one was lost before it had an effect', async () => {
    const [lost, late] = [Promise.withResolvers<ServerResponse>(), Promise.withResolvers<ServerResponse>()];
    next.push(lost.resolve, late.resolve);
    const one = create(first);
    const cut = await lost.promise;
    const two = create(second);
    const answer = await late.promise;
    // The other's is made, and its answer is under way while the first looks for its own.
    const entry = make();
    cut.destroy();
    await until(() => looks > 0);
    sendJson(answer, entry, 201);
    const ids = await Promise.all([one, two]);
    expect(new Set(ids).size).toBe(2);
    expect(made.map(({ id }) => id).sort()).toEqual(ids.toSorted());
  }, 90_000);
});
