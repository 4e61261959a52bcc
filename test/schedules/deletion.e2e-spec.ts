import type { PoolClient } from 'pg';
import request from 'supertest';
import { type FlowApp, startFlowApp } from '../flows/flow-app.js';
import { describeOnPostgres } from '../support/database.js';
import { until } from '../support/until.js';

/** On the embedded Postgres one connection does everything in turn: nobody can wait for anybody. */
describeOnPostgres('a schedule that is deleted while its run ends', () => {
  let app: FlowApp;
  let deleting: PoolClient;
  beforeAll(async () => {
    app = await startFlowApp();
    deleting = await app.engine.pool.connect();
  });
  afterAll(async () => {
    deleting.release();
    await app.close();
  });

  const isSomebodyWaiting = async (): Promise<boolean> => {
    const { rows } = await deleting.query(
      `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    return rows.length > 0;
  };

  /** A schedule whose run goes on until it is told to end. */
  async function scheduleWithRun(): Promise<{ id: string; end: () => void }> {
    const gate = Promise.withResolvers<void>();
    app.sink.calls.length = 0;
    app.sink.onExecute = () => gate.promise;
    const made = await request(app.url)
      .post('/schedules')
      .send({ integration: 'sink', operation: 'write', params: { n: 1 }, every: 'PT1H' })
      .expect(201);
    const id = made.body.data.id as string;
    await request(app.url).post(`/schedules/${id}/run`).send({}).expect(202);
    await until(() => app.sink.calls.length === 1, { what: 'the run' });
    return { id, end: () => gate.resolve() };
  }

  it('is waited for by whoever records the end, without a hold on the run', async () => {
    const { id, end } = await scheduleWithRun();

    await deleting.query('begin');
    await deleting.query('select id from clankerbot.schedules where id = $1 for update', [id]);
    end();
    await until(isSomebodyWaiting, { what: 'the end, which waits' });
    // It would fail here, at once, if the run were taken.
    await deleting.query('select id from clankerbot.schedule_runs where schedule_id = $1 for update nowait', [
      id,
    ]);
    await deleting.query('delete from clankerbot.schedules where id = $1', [id]);
    await deleting.query('commit');
    await request(app.url).get(`/schedules/${id}`).expect(404);
    await until(async () => !(await isSomebodyWaiting()), { what: 'the end of the wait' });
  });

  it('waits for whoever records the end, without a hold on the run', async () => {
    const { id, end } = await scheduleWithRun();

    // As the end of a run is recorded: the schedule first, its run then.
    await deleting.query('begin');
    await deleting.query('select id from clankerbot.schedules where id = $1 for update', [id]);
    const removed = request(app.url)
      .delete(`/schedules/${id}`)
      .then(({ status }) => status);
    await until(isSomebodyWaiting, { what: 'the removal, which waits' });
    const runs = await deleting.query(
      'select id from clankerbot.schedule_runs where schedule_id = $1 for update nowait',
      [id],
    );
    await deleting.query('commit');
    expect([runs.rows.length, await removed]).toEqual([1, 204]);
    end();
  });
});
