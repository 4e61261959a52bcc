import { execFileSync, spawnSync } from 'node:child_process';
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import request from 'supertest';
import { startTestApp, type TestApp } from '../support/app.js';
import { isOnPostgres } from '../support/database.js';
import { emptyDirectory, startService, stopAllServices } from '../support/service.js';
import { until } from '../support/until.js';

const ADMIN = 'the-admin-of-this-service';

const databaseIs = async (url: string): Promise<unknown> =>
  (await request(url).get('/readyz')).body.data.checks.database;

/** For every connection: the embedded Postgres has one, a server's are made anew. */
async function setReadOnly({ engine }: TestApp, isReadOnly: boolean): Promise<void> {
  const value = isReadOnly ? 'on' : 'off';
  if (!isOnPostgres) return void (await engine.pool.query(`set default_transaction_read_only = ${value}`));
  await engine.pool.query(
    `begin read write; do $$ begin execute format('alter database %I set default_transaction_read_only = ${value}', current_database()); end $$; commit`,
  );
  await engine.pool.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  );
  await until(async () => {
    const { rows } = await engine.pool.query('show default_transaction_read_only');
    return (
      rows[0].default_transaction_read_only === value ||
      void (await engine.pool.query('select pg_terminate_backend(pg_backend_pid())').catch(() => undefined))
    );
  });
}

describe('a database that can be read and not written', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startTestApp({ env: { API_KEYS: `root:admin:${ADMIN}` } });
  });
  afterAll(() => service.close());

  it('is down once it has refused a write, and up again when it takes one', async () => {
    const write = () =>
      request(service.url).post('/api-keys').set('X-Api-Key', ADMIN).send({ name: 'ci', role: 'viewer' });
    expect(await databaseIs(service.url)).toBe('up');
    await setReadOnly(service, true);
    expect((await write()).status).toBe(503);
    const { body } = await request(service.url).get('/readyz').expect(503);
    expect(body).toMatchObject({ ok: false, data: { ready: false, checks: { database: 'down' } } });
    expect(await databaseIs(service.url)).toBe('down');
    await setReadOnly(service, false);
    await until(async () => (await databaseIs(service.url)) === 'up');
    expect((await write()).status).toBe(201);
  });
});

// Needs a file system of its own, which only root may mount, and not everywhere.
const full = emptyDirectory();
const canMount =
  !isOnPostgres &&
  userInfo().uid === 0 &&
  spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=150m', 'tmpfs', full]).status === 0;

describe('a data directory without room', () => {
  afterAll(async () => {
    if (canMount) execFileSync('umount', ['--lazy', full]);
    await stopAllServices(); // And the directory.
  });

  (canMount ? it : it.skip)(
    'makes the service unready until there is room again',
    async () => {
      const service = await startService({
        DATA_DIR: join(full, 'db'),
        WEBHOOK_RATE_LIMIT_PER_MINUTE: '100000',
      });
      await service.untilReady();
      const deliver = async (): Promise<number> => {
        const body = JSON.stringify({ text: Array.from({ length: 4000 }, () => Math.random()).join() });
        return (
          await request(service.url)
            .post('/webhooks/clockify')
            .set('Content-Type', 'application/json')
            .set('clockify-webhook-event-type', 'NEW_TIME_ENTRY')
            .send(body)
        ).status;
      };
      const fill = join(full, 'fill');
      const { bavail, bsize } = statfsSync(full);
      writeFileSync(fill, Buffer.alloc(bavail * bsize - 64 * 1024));
      await until(async () => (await deliver()) === 503, { withinMs: 60_000 });
      expect((await fetch(`${service.url}/readyz`)).status).toBe(503);
      rmSync(fill);
      await service.untilReady();
      expect(await deliver()).toBe(200);
      expect(await service.stop()).toBe(0);
    },
    180_000,
  );
});
