import pg from 'pg';
import { OnlineCopy } from '../../src/storage/backup/online-copy.js';
import { EmbeddedUpkeep } from '../../src/storage/embedded-upkeep.js';
import type { PgliteEngine } from '../../src/storage/pglite-engine.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { isOnPostgres } from '../support/database.js';
import { until } from '../support/until.js';

// A server tidies by itself.
const describeEmbedded = isOnPostgres ? describe.skip : describe;

describeEmbedded('the embedded Postgres', () => {
  let app: TestApp;
  let pool: pg.Pool;
  beforeAll(async () => {
    app = await startTestApp();
    pool = app.engine.pool;
  });
  afterAll(() => app.close());

  const deadRows = async (): Promise<number> => {
    const { rows } = await pool.query(
      `select n_dead_tup from pg_stat_user_tables where relname = 'event_dispatch'`,
    );
    return Number(rows[0]?.n_dead_tup);
  };

  it('is rid of deleted rows, once', async () => {
    await pool.query(
      `insert into clankerbot.event_dispatch (seq, event_id, due_at)
       select -n, 'e' || n, 'infinity' from generate_series(1, 5000) n`,
    );
    await pool.query('delete from clankerbot.event_dispatch where seq < 0');
    await until(async () => (await deadRows()) >= 5000, { what: 'the deleted rows in the statistics' });
    const upkeep = app.app.get(EmbeddedUpkeep);
    expect(await upkeep.tidy()).toContain('clankerbot.event_dispatch');
    expect(await deadRows()).toBe(0);
    expect(await upkeep.tidy()).not.toContain('clankerbot.event_dispatch');
  });

  it('keeps no more of its log than it needs, however much is written', async () => {
    const upkeep = app.app.get(EmbeddedUpkeep);
    const logSize = async (): Promise<number> =>
      Number((await pool.query('select sum(size) from pg_ls_waldir()')).rows[0].sum);
    await pool.query('create table written (id int, text text)');
    const write = async (): Promise<void> => {
      await pool.query(
        'insert into written select n, repeat(md5(n::text), 10) from generate_series(1, 200000) n',
      );
      await pool.query('truncate written');
    };
    await write();
    expect(await upkeep.checkpoint()).toBe(true);
    expect(await upkeep.checkpoint()).toBe(false);
    const size = await logSize();
    for (let round = 0; round < 4; round++) {
      await write();
      await upkeep.checkpoint();
    }
    expect(await logSize()).toBeLessThan(1.5 * size);
    await pool.query('drop table written');
  });

  it('makes no checkpoint while somebody copies its files, which would take the log from under the copy', async () => {
    const upkeep = app.app.get(EmbeddedUpkeep);
    const engine = app.engine as PgliteEngine;
    const copy = await OnlineCopy.begin(engine);
    await pool.query(
      'create table copied as select n, repeat(md5(n::text), 10) from generate_series(1, 200000) n',
    );
    expect(await upkeep.checkpoint()).toBe(false);
    await copy.release();
    expect(await upkeep.checkpoint()).toBe(true);
    await pool.query('drop table copied');
  });
});
