import request from 'supertest';
import { describeOnPostgres } from '../support/database.js';
import { until } from '../support/until.js';
import { type FlowApp, startFlowApp } from './flow-app.js';

const HANDS = 4;

describe('what a process and a run may do', () => {
  let app: FlowApp;
  beforeAll(async () => {
    app = await startFlowApp({ env: { FLOW_CONCURRENCY: `${HANDS}` } });
  });
  afterAll(() => app.close());

  it.each([
    ['as many as it may', 4, 'succeeded'],
    ['one more', 5, 'failed'],
  ])('a run may take so many steps: %s', async (_what, count, status) => {
    const steps = Array.from({ length: count }, (_, n) => ({ id: `s${n}`, transform: n }));
    const flow = await app.createFlow({ name: 'Counted', steps, limits: { steps: 4 } });
    expect(await app.run(flow.id, {})).toMatchObject({ status });
  });

  it('a process works on all that it may at a time, also where they come one by one and stay long', async () => {
    const gate = Promise.withResolvers<void>();
    app.sink.calls.length = 0;
    app.sink.onExecute = async () => {
      await gate.promise;
      return {};
    };
    const flow = await app.createFlow({ name: 'Long', steps: [{ action: 'sink.write', params: {} }] });
    const ids: string[] = [];
    for (let n = 1; n <= HANDS + 1; n++) {
      const response = await request(app.url).post(`/flows/${flow.id}/run`).send({}).expect(202);
      ids.push(response.body.data.run.id as string);
      await until(() => app.sink.calls.length === Math.min(n, HANDS), { what: `run ${n}` });
    }
    expect((await app.look(ids.at(-1)!)).status).toBe('queued');
    gate.resolve();
    for (const id of ids) expect((await app.over(id)).status).toBe('succeeded');
  });
});

describeOnPostgres('two people who change a flow at the same moment', () => {
  let app: FlowApp;
  beforeAll(async () => {
    app = await startFlowApp();
  });
  afterAll(() => app.close());

  it('do not undo each other: the second is told, also where both had read the same version', async () => {
    const flow = await app.createFlow({ name: 'First', steps: [{ transform: 1 }] });
    const rival = await app.engine.pool.connect();
    await rival.query('begin');
    await rival.query(
      `insert into clankerbot.flow_versions (flow_id, version, definition, created_by, created_at)
       select flow_id, version + 1, definition, created_by, created_at from clankerbot.flow_versions where flow_id = $1`,
      [flow.id],
    );
    await rival.query(`update clankerbot.flows set version = version + 1 where id = $1`, [flow.id]);
    const change = async () => request(app.url).patch(`/flows/${flow.id}`).send({ name: 'Second' });
    const changing = change();
    await until(
      async () =>
        (
          await app.engine.pool.query(
            `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
          )
        ).rows.length > 0,
      { what: 'the second to wait' },
    );
    await rival.query('commit');
    rival.release();
    expect((await changing).status).toBe(409);
    expect((await request(app.url).get(`/flows/${flow.id}`).expect(200)).body.data.name).toBe('First');
  });
});
