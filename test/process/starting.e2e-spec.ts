import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { freePort } from '../support/postgres-server.js';
import { createServiceDatabase } from '../support/database.js';
import { emptyDirectory, startService, stopAllServices } from '../support/service.js';

describe('a start', () => {
  afterAll(stopAllServices);

  it('says in one sentence that the port is in use, and exits with 1', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const service = await startService({ PORT: String(port), DATA_DIR: join(emptyDirectory(), 'data') });
    expect(await service.exited).toBe(1);
    expect(service.output()).toContain(`127.0.0.1:${port} is in use by another process`);
    expect(service.output()).not.toMatch(/^\s+at /m);
    other.close();
  });

  it('answers the probes while the database is not there yet, and everything else with 503', async () => {
    const service = await startService({
      DATABASE_URL: `postgres://nobody@127.0.0.1:${await freePort()}/none`,
    });
    expect((await fetch(`${service.url}/healthz`)).status).toBe(200);
    const ready = await fetch(`${service.url}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({
      ok: false,
      data: { ready: false, checks: { database: 'down', migrations: 'down' } },
    });
    const other = await fetch(`${service.url}/integrations`);
    expect([other.status, other.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await service.stop()).toBe(0);
  }, 120_000);

  it('writes readable lines by default, and JSON lines on request', async () => {
    const { env, drop } = await createServiceDatabase();
    const readable = await startService({ ...env, LOG_JSON: 'false' });
    await readable.untilReady();
    expect(readable.output()).toMatch(
      /^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\] INFO: \[storage\] Database ready/m,
    );
    await readable.stop();
    const json = await startService(env);
    await json.untilReady();
    await json.stop();
    await drop();
    for (const line of json.output().trim().split('\n')) {
      expect(JSON.parse(line)).toMatchObject({
        level: expect.any(String),
        timestamp: expect.any(String),
        message: expect.any(String),
      });
    }
  }, 120_000);
});
