import { CLAIM_LOCK, EventDispatchRepository } from '../../src/events/event-dispatch.repository.js';
import { claimOf } from '../../src/events/event-turns.js';
import { describeOnPostgres, openTestDatabase, type TestDatabase } from '../support/database.js';
import { queueEvents } from '../support/queued-events.js';
import { until } from '../support/until.js';

describeOnPostgres('two claims at once', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openTestDatabase();
  });
  afterAll(() => database.close());

  it('never split the queue of a subject: the second judges by what the first has taken', async () => {
    const { pool } = database.engine;
    await queueEvents(pool, [
      { seq: 1, subject: 'thing' },
      { seq: 2, subject: 'thing' },
    ]);
    const first = await pool.connect();
    try {
      await first.query('begin');
      await first.query(`select pg_advisory_xact_lock(${CLAIM_LOCK})`);
      const request = { leaseSeconds: 60, bytes: 1_000, isFirstFree: true };
      await first.query(claimOf({ ...request, seqs: '1', token: 'first' }));
      const second = new EventDispatchRepository(database.engine).claim({
        ...request,
        seqs: ['1', '2'],
        token: 'second',
      });
      await until(
        async () => {
          const waits = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
          return (await pool.query(waits)).rowCount === 1;
        },
        { what: 'the second claim to wait for the first' },
      );
      await first.query('commit');
      expect(await second).toEqual([]);
    } finally {
      first.release();
    }
  });
});
