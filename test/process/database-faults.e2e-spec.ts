import { spawnSync } from 'node:child_process';
import pg from 'pg';
import { createDatabase, SCHEMA } from '../../src/storage/database.js';
import { MIGRATIONS } from '../../src/storage/migrations.js';
import { migrateUpTo } from '../../src/storage/migrator.js';
import { PostgresEngine } from '../../src/storage/postgres-engine.js';
import {
  createEmptyPostgresDatabase,
  createPostgresDatabase,
  describeOnPostgres,
} from '../support/database.js';
import { freePort, type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { type Service, startService, stopAllServices } from '../support/service.js';
import { until } from '../support/until.js';

const status = async (url: string): Promise<number | undefined> =>
  (await fetch(url).catch(() => undefined))?.status;

// These need a server that can be stopped under the service: npm run test:postgres runs them.
describeOnPostgres('a database that is away', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(async () => {
    await stopAllServices();
    await server.destroy();
  });

  it('at the start: the service waits unready, says so, and becomes ready when the database is there', async () => {
    await server.stop();
    const service = await startService({ DATABASE_URL: server.url });
    await until(() => service.output().includes('The database is not available yet'));
    expect(await status(`${service.url}/healthz`)).toBe(200);
    expect(await status(`${service.url}/readyz`)).toBe(503);
    expect(service.child.exitCode).toBeNull();
    await server.start();
    await service.untilReady();
    expect(await service.stop()).toBe(0);
  }, 60_000);

  it('for longer than STARTUP_TIMEOUT_SECONDS: the service gives up with the reason and exit code 1', async () => {
    const url = `postgres://postgres:pass-phrase-1@127.0.0.1:${await freePort()}/none`;
    const service = await startService({ DATABASE_URL: url, STARTUP_TIMEOUT_SECONDS: '1' });
    expect(await service.exited).toBe(1);
    expect(service.output()).toMatch(/not available within STARTUP_TIMEOUT_SECONDS \(1\).*ECONNREFUSED/);
    expect(service.output()).not.toContain('pass-phrase-1');
  }, 30_000);

  it('while running: 503 from readiness, and recovery without a restart, several times', async () => {
    const service = await startService({ DATABASE_URL: server.url });
    await service.untilReady();
    for (let round = 0; round < 2; round++) {
      await server.stop('immediate');
      await until(async () => (await status(`${service.url}/readyz`)) === 503, {
        what: 'readiness to notice',
      });
      expect(await status(`${service.url}/healthz`)).toBe(200);
      await server.start();
      await service.untilReady(30_000);
    }
    expect(await service.stop()).toBe(0);
  }, 90_000);
});

describeOnPostgres('migrations', () => {
  afterAll(stopAllServices);

  it('are run once by many instances that start at the same time on an empty database', async () => {
    const { url, drop } = await createEmptyPostgresDatabase();
    const services: Service[] = await Promise.all(
      Array.from({ length: 4 }, () => startService({ DATABASE_URL: url, DATABASE_POOL_SIZE: '4' })),
    );
    await Promise.all(services.map((service) => service.untilReady(60_000)));
    expect(await Promise.all(services.map((service) => service.stop()))).toEqual([0, 0, 0, 0]);
    await drop();
  }, 90_000);

  const migratedBy = async (...names: string[]): Promise<{ url: string; drop: () => Promise<void> }> => {
    const database = await createPostgresDatabase();
    for (const name of names)
      await query(
        database.url,
        `insert into clankerbot.migration (name, timestamp) values ('${name}', now()::text)`,
      );
    return database;
  };

  it('of a newer release that take away what an older one uses stop it with a message', async () => {
    const { url, drop } = await migratedBy('9990-more', '9999-contract-after-9990-old-column');
    const service = await startService({ DATABASE_URL: url });
    expect(await service.exited).toBe(1);
    expect(service.output()).toContain(
      'migrated by a newer Clankerbot: 9999-contract-after-9990-old-column took away',
    );
    await drop();
  }, 30_000);

  it.each(['true', 'false'])(
    'of a newer release that only add let an older one start (MIGRATE_ON_START=%s)',
    async (migrate) => {
      // What the last one took away, nobody has used since 0010, which this version has.
      const { url, drop } = await migratedBy('9990-more', '9999-contract-after-0010-old-column');
      const env = { PATH: process.env['PATH'], DATABASE_URL: url };
      expect(spawnSync(process.execPath, ['dist/commands/migrate.js'], { env }).status).toBe(0);
      const service = await startService({ DATABASE_URL: url, MIGRATE_ON_START: migrate });
      await service.untilReady();
      expect(service.logs()).toContainEqual(
        expect.objectContaining({ migrations: ['9990-more', '9999-contract-after-0010-old-column'] }),
      );
      expect(await service.stop()).toBe(0);
      await drop();
    },
    30_000,
  );

  it('are run by npm run migrate, after which a start that may not migrate is ready', async () => {
    const { url, drop } = await createEmptyPostgresDatabase();
    const { status: code, stdout } = spawnSync(process.execPath, ['dist/commands/migrate.js'], {
      env: { PATH: process.env['PATH'], DATABASE_URL: url },
    });
    expect(stdout.toString()).toContain('The database is up to date');
    expect(code).toBe(0);
    const service = await startService({ DATABASE_URL: url, MIGRATE_ON_START: 'false' });
    await service.untilReady();
    expect(await service.stop()).toBe(0);
    await drop();
  }, 30_000);

  it('wait only briefly for a table in use, so that others get on, and are tried again until it is free', async () => {
    const { url, drop } = await createEmptyPostgresDatabase();
    const [pending = '', ...older] = Object.keys(MIGRATIONS).toReversed();
    const engine = new PostgresEngine({ url, poolSize: 1, onError: () => undefined });
    const before = createDatabase(engine);
    await before.schema.createSchema(SCHEMA).execute();
    await before.transaction().execute((transaction) => migrateUpTo(transaction, older));
    await engine.close();
    const busy = new pg.Client({ connectionString: url });
    await busy.connect();
    // As a backup, or a transaction that somebody forgot, would hold the tables.
    await busy.query('begin; lock table clankerbot.migration in share mode');
    const service = await startService({ DATABASE_URL: url });
    await until(() => service.output().includes('lock timeout'), { what: () => service.output() });
    expect(await status(`${service.url}/readyz`)).toBe(503);
    await busy.query('rollback');
    await service.untilReady();
    expect(service.logs()).toContainEqual(
      expect.objectContaining({ message: 'Database ready', migrations: [pending] }),
    );
    expect(await service.stop()).toBe(0);
    await busy.end();
    await drop();
  }, 60_000);

  it('that are pending stop a start that may not migrate', async () => {
    const { url, drop } = await createEmptyPostgresDatabase();
    const service = await startService({ DATABASE_URL: url, MIGRATE_ON_START: 'false' });
    expect(await service.exited).toBe(1);
    expect(service.output()).toContain('Run: npm run migrate');
    await drop();
  }, 30_000);
});

async function query(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(text);
  await client.end();
}
