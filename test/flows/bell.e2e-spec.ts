import request from 'supertest';
import { createPostgresDatabase, describeOnPostgres } from '../support/database.js';
import { PostgresEngine } from '../../src/storage/postgres-engine.js';
import { until } from '../support/until.js';
import { type FlowApp, startFlowApp } from './flow-app.js';

/** Whoever is not told finds it at the next look, after fifteen or thirty seconds: so many would not be done in time. */
const TIMES = 5;
const WITHIN_MS = 30_000;

describeOnPostgres('what one process makes and another one works on', () => {
  let database: Awaited<ReturnType<typeof createPostgresDatabase>>;
  let web: FlowApp;
  let worker: FlowApp;
  beforeAll(async () => {
    database = await createPostgresDatabase();
    const start = (role: string) =>
      startFlowApp({
        engine: new PostgresEngine({ url: database.url, poolSize: 4, onError: () => undefined }),
        env: { PROCESS_ROLE: role, FLOW_LEASE_SECONDS: '600' },
      });
    web = await start('web');
    worker = await start('worker');
    worker.sink.onExecute = async () => ({});
  });
  afterAll(async () => {
    await worker.close();
    await web.close();
    await database.drop();
  });
  beforeEach(() => void (worker.sink.calls.length = 0));

  const step = { action: 'sink.write', params: {} };

  it('is begun at once: runs by hand, and the ends of called runs', async () => {
    await web.createFlow({ name: 'Called', steps: [step] });
    const caller = await web.createFlow({ name: 'Caller', steps: [{ call_flow: 'Called' }, step] });
    const ids: string[] = [];
    await until(
      async () => {
        const response = await request(web.url).post(`/flows/${caller.id}/run`).send({}).expect(202);
        ids.push(response.body.data.run.id as string);
        await web.over(ids.at(-1)!);
        return ids.length === TIMES;
      },
      { withinMs: WITHIN_MS, what: 'all runs' },
    );
    expect(worker.sink.calls).toHaveLength(2 * TIMES);
    expect(web.sink.calls).toEqual([]);
  });

  it('is begun at once: what a schedule that was just made or changed does, with the flow that it starts', async () => {
    const flow = await web.createFlow({ name: 'Scheduled', steps: [step] });
    const inASecond = (): string => new Date(web.clock.nowMs() + 1_000).toISOString();
    const { body } = await request(web.url)
      .post('/schedules')
      .send({ flow: flow.id, at: inASecond() })
      .expect(201);
    const id = body.data.id as string;
    for (let times = 1; times <= 3; times++) {
      await until(
        async () => {
          const runs = await request(web.url).get(`/schedules/${id}/runs`).expect(200);
          const ended = (runs.body.data.items as { status: string }[]).filter(
            (run) => run.status === 'succeeded',
          );
          return ended.length === times;
        },
        { withinMs: 14_000, what: `time ${times}` },
      );
      await request(web.url).patch(`/schedules/${id}`).send({ at: inASecond() }).expect(200);
    }
  }, 60_000);
});
