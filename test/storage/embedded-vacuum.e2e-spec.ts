import pg from 'pg';
import { EmbeddedVacuum } from '../../src/storage/embedded-vacuum.js';
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
    const vacuum = app.app.get(EmbeddedVacuum);
    expect(await vacuum.tidy()).toContain('clankerbot.event_dispatch');
    expect(await deadRows()).toBe(0);
    expect(await vacuum.tidy()).not.toContain('clankerbot.event_dispatch');
  });
});
