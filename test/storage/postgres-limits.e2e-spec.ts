import pg from 'pg';
import { createDatabase } from '../../src/storage/database.js';
import { PostgresEngine, type TimeLimits } from '../../src/storage/postgres-engine.js';
import { isUnavailable } from '../../src/storage/storage.errors.js';
import { createEmptyPostgresDatabase, describeOnPostgres } from '../support/database.js';
import { startService, stopAllServices } from '../support/service.js';
import { startTcpProxy } from '../support/tcp-proxy.js';
import { until } from '../support/until.js';

describeOnPostgres('a Postgres that takes too long', () => {
  let database: Awaited<ReturnType<typeof createEmptyPostgresDatabase>>;
  let observer: pg.Client;
  const engines: PostgresEngine[] = [];

  beforeEach(async () => {
    database = await createEmptyPostgresDatabase();
    observer = new pg.Client({ connectionString: database.url });
    await observer.connect();
  });
  afterEach(async () => {
    await Promise.all(engines.splice(0).map((engine) => engine.close()));
    await stopAllServices();
    await observer.end();
    await database.drop();
  });

  function engineWith(limits: TimeLimits, url = database.url): PostgresEngine {
    const engine = new PostgresEngine({ url, poolSize: 1, onError: () => undefined, limits });
    engines.push(engine);
    return engine;
  }

  const othersWhere = async (condition: string): Promise<number> => {
    const { rows } = await observer.query<{ count: number }>(
      `select count(*)::int as count from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid() and ${condition}`,
    );
    return rows[0]?.count ?? -1;
  };

  const sleepIn = (engine: PostgresEngine, seconds: number): Promise<unknown> =>
    createDatabase(engine)
      .transaction()
      .execute((trx) => trx.selectNoFrom((eb) => eb.fn('pg_sleep', [eb.lit(seconds)]).as('slept')).execute());

  it('gives up on the statement itself, so that the connection is free again for whoever comes next', async () => {
    const engine = engineWith({ statementMs: 200, answerMs: 60_000 });
    const failure = await sleepIn(engine, 120).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: '57014' });
    expect(isUnavailable(failure)).toBe(true);
    expect(await othersWhere("state = 'active'")).toBe(0);
    expect((await engine.pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    expect(engine.pool.totalCount).toBe(1);
  });

  it('has no say in how long the service waits: a connection that does not answer is not taken back', async () => {
    const proxy = await startTcpProxy(Number(new URL(database.url).port));
    const url = new URL(database.url);
    url.port = String(proxy.port);
    const engine = engineWith({ statementMs: 60_000, answerMs: 400 }, url.href);
    await engine.open();
    proxy.freeze();
    const failure = await sleepIn(engine, 0).catch((error: unknown) => error);
    expect(isUnavailable(failure)).toBe(true);
    proxy.thaw();
    expect((await engine.pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    expect(engine.pool.totalCount).toBe(1);
    await proxy.close();
  }, 20_000);

  it('is waited for where there is no limit', async () => {
    const engine = engineWith({ statementMs: 100, answerMs: 150 });
    const slept = await engine.withoutTimeLimit((pool) => pool.query("select 'slept' as it, pg_sleep(0.5)"));
    expect(slept.rows).toMatchObject([{ it: 'slept' }]);
    await until(async () => (await othersWhere('true')) === 0, { what: 'its session to be closed' });
  });

  it('keeps no session of a LISTEN that fails after connecting', async () => {
    const engine = engineWith({ statementMs: 5_000, answerMs: 6_000 });
    const subscription = { channel: '', onMessage: () => undefined, onReconnect: () => undefined };
    for (let i = 0; i < 5; i++) await expect(engine.listen(subscription)).rejects.toThrow('zero-length');
    await until(async () => (await othersWhere('true')) === 0, { what: 'every session to be closed' });
  });

  it('while it migrates: the start waits, says which migration takes long, and is ready after it', async () => {
    // The first migration makes a sequence, which takes longer here than the log waits.
    await observer.query(`create function public.slowly() returns event_trigger language plpgsql as
      'begin perform pg_sleep(6); end'`);
    await observer.query(`create event trigger slowly on ddl_command_start when tag in ('CREATE SEQUENCE')
      execute function public.slowly()`);
    const service = await startService({ DATABASE_URL: database.url });
    await service.untilReady(90_000);
    expect(service.logs()).toContainEqual(
      expect.objectContaining({
        message: expect.stringContaining('A migration takes long') as unknown,
        migration: '0010-events',
      }),
    );
  }, 120_000);
});
