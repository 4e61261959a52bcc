import { createEmptyPostgresDatabase, describeOnPostgres } from '../support/database.js';
import { type Service, stopAllServices } from '../support/service.js';
import { until } from '../support/until.js';
import { startWriters } from '../support/webhook-writers.js';
import { checkHistory, type Query, startRecorder, untilDispatched, withClient } from './history.js';

interface Try {
  writer: number;
  n: number;
  by: number;
  began: Date;
  ended: Date | null;
}

/** Of each subject: every try was over, or its process gone, before the next began, and none was of an earlier event. */
async function checkTries(query: Query, deaths: ReadonlyMap<number, Date>): Promise<number> {
  const tries = await query<Try>(
    'select writer, n, by, began, ended from public.tries order by writer, began',
  );
  const wrong = tries.filter((each, i) => {
    const before = tries[i - 1];
    if (before?.writer !== each.writer) return false;
    const over = before.ended ?? deaths.get(before.by);
    return over === undefined || over > each.began || before.n > each.n;
  });
  expect(wrong).toEqual([]);
  return tries.length;
}

describeOnPostgres('two dispatchers on one Postgres', () => {
  afterAll(stopAllServices);

  it('never handle two events of a subject at once or out of order, when some fail and when one of them dies', async () => {
    const database = await createEmptyPostgresDatabase();
    const env = { DATABASE_URL: database.url, TEST_RECORD_TRIES: 'true', EVENT_RETRY_SECONDS: '0' };
    const services = await Promise.all([startRecorder(env), startRecorder(env)]);
    await Promise.all(services.map((service) => service.untilReady()));
    // Both receive, so that what is about one thing comes from both.
    let turn = 0;
    const writers = startWriters(8, () => services[turn++ % 2]?.url ?? '');
    const deaths = new Map<number, Date>();
    await withClient(database.url, async (query) => {
      const tries = async (by: Service): Promise<number> =>
        (await query(`select 1 from public.tries where by = ${by.child.pid}`)).length;
      for (const i of [0, 1]) {
        const [victim, other] = [services[i], services[1 - i]] as [Service, Service];
        await until(async () => (await tries(victim)) > 50 && (await tries(other)) > 50, {
          what: 'both to have their part',
        });
        await victim.stop('SIGKILL');
        const [now] = await query<{ now: Date }>('select clock_timestamp() as now');
        deaths.set(victim.child.pid ?? 0, now?.now ?? new Date());
        services[i] = await startRecorder(env);
        await services[i]?.untilReady();
      }
      await until(async () => (await tries(services[0] as Service)) > 50, { what: 'the new one to join' });
      await writers.stop();
      await untilDispatched(query);
      await checkHistory(query, writers);
      expect(await checkTries(query, deaths)).toBeGreaterThan(writers.acknowledged.size);
    });
    await Promise.all(services.map((service) => service.stop()));
    await database.drop();
  }, 120_000);
});
