import request from 'supertest';
import { FlowRetention } from '../../src/flows/runs/flow-retention.js';
import { ScheduleRetention } from '../../src/schedules/schedule-retention.js';
import { describeOnPostgres } from '../support/database.js';
import { until } from '../support/until.js';
import { type FlowApp, startFlowApp } from './flow-app.js';

const DAY_MS = 86_400_000;

describe('what is kept of runs', () => {
  let app: FlowApp;
  beforeAll(async () => {
    app = await startFlowApp({ env: { FLOW_RUN_RETENTION_DAYS: '30', SCHEDULE_RUN_RETENTION_DAYS: '10' } });
  });
  afterAll(() => app.close());

  const rows = async (table: string): Promise<number> =>
    Number((await app.engine.pool.query(`select count(*) as n from clankerbot.${table}`)).rows[0].n);

  it('goes once it is old, with its journal; what is not over stays', async () => {
    const flow = await app.createFlow({ name: 'Old', steps: [{ action: 'sink.write', params: { n: 1 } }] });
    const waiting = await app.createFlow({ name: 'Waits', steps: [{ wait: 'P300D' }] });
    await app.run(flow.id, {});
    await request(app.url).post(`/flows/${waiting.id}/run`).send({}).expect(202);
    const schedule = await request(app.url)
      .post('/schedules')
      .send({ integration: 'sink', operation: 'write', params: {}, cron: '0 0 1 1 *' })
      .expect(201);
    await request(app.url).post(`/schedules/${schedule.body.data.id}/run`).send({}).expect(202);
    await until(
      async () =>
        (await request(app.url).get(`/schedules/${schedule.body.data.id}/runs`)).body.data.items[0]
          ?.status === 'succeeded',
    );
    const flows = app.app.get(FlowRetention, { strict: false });
    const schedules = app.app.get(ScheduleRetention, { strict: false });
    expect([await flows.sweep(), await schedules.sweep()]).toEqual([0, 0]);
    app.clock.forward(11 * DAY_MS);
    expect([await flows.sweep(), await schedules.sweep()]).toEqual([0, 1]);
    app.clock.forward(20 * DAY_MS);
    expect(await flows.sweep()).toBe(1);
    expect(await rows('flow_runs')).toBe(1);
    expect(await rows('flow_steps')).toBe(1);
    expect(await rows('flow_effects')).toBe(0);
  });
});

describeOnPostgres('what is kept of runs while somebody sends one round again', () => {
  let app: FlowApp;
  beforeAll(async () => {
    app = await startFlowApp({ env: { FLOW_RUN_RETENTION_DAYS: '30' } });
  });
  afterAll(() => app.close());

  it('is the run, which waits and is finished no more, with its journal', async () => {
    const flow = await app.createFlow({
      name: 'Stops',
      steps: [{ stop: { status: 'failed', message: 'no' } }],
    });
    await request(app.url).post(`/flows/${flow.id}/run`).send({}).expect(202);
    const pool = app.engine.pool;
    const statusOf = async () => (await pool.query('select status from clankerbot.flow_runs')).rows;
    await until(async () => (await statusOf())[0]?.status === 'failed', { what: 'the run to fail' });
    app.clock.forward(31 * DAY_MS);
    const other = await pool.connect();
    await other.query('begin');
    await other.query(
      "update clankerbot.flow_runs set status = 'queued', finished_at = null, ready_at = now() + interval '1 year'",
    );
    const sweep = app.app.get(FlowRetention, { strict: false }).sweep();
    const isOver = sweep.then(() => true);
    const isHeldUp = async () =>
      (await other.query('select 1 from pg_locks where not granted')).rows.length > 0;
    await until(async () => (await Promise.race([isOver, false])) || (await isHeldUp()), {
      what: 'the sweep to meet the run',
    });
    await other.query('commit');
    other.release();
    expect(await sweep).toBe(0);
    expect(await statusOf()).toEqual([{ status: 'queued' }]);
    expect((await pool.query('select 1 from clankerbot.flow_steps')).rows).toHaveLength(1);
  });
});
