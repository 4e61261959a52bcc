import { Statements } from '../../src/storage/statements.js';
import { EventDispatchRepository } from '../../src/events/dispatch/event-dispatch.repository.js';
import { describeOnPostgres, openTestDatabase } from '../support/database.js';
import { queueEvents } from '../support/queued-events.js';
import { until } from '../support/until.js';

describeOnPostgres('claims', () => {
  it('are made one at a time, so that none takes the second event of a subject whose first is being taken', async () => {
    const database = await openTestDatabase();
    const { pool } = database.engine;
    const repository = new EventDispatchRepository(new Statements(database.engine));
    await queueEvents(
      pool,
      [1, 2].map((seq) => ({ seq, subject: 'one' })),
    );
    const claim = async (token: string, seqs: string[]): Promise<string[]> =>
      (await repository.claim({ seqs, token, leaseSeconds: 60, bytes: 1_000, isFirstFree: true })).map(
        ({ seq }) => seq,
      );
    const waiting = async (): Promise<number> =>
      (
        await pool.query(
          `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        )
      ).rows.length;
    // Both have begun before either can take anything, and both would like to.
    const holder = await pool.connect();
    await holder.query('begin; select 1 from clankerbot.event_dispatch where seq = 1 for update');
    const first = claim('a', ['1']);
    await until(async () => (await waiting()) === 1);
    const second = claim('b', ['1', '2']);
    await until(async () => (await waiting()) === 2);
    await holder.query('rollback');
    holder.release();
    expect([await first, await second]).toEqual([['1'], []]);
    await database.close();
  });
});
