import request from 'supertest';
import { ScheduleRunsRepository } from '../../src/schedules/schedule-runs.repository.js';
import { SchedulesRepository } from '../../src/schedules/schedules.repository.js';
import { type FlowApp, startFlowApp } from '../flows/flow-app.js';
import { until } from '../support/until.js';

const HOUR_MS = 3_600_000;
const WAITING_MAX = 3;

interface RunView {
  id: string;
  kind: string;
  status: string;
  dueAt: string;
  error: { code: string; message: string } | null;
}

describe('runs of a schedule that wait for their turn', () => {
  let app: FlowApp;
  beforeAll(async () => {
    app = await startFlowApp({ env: { SCHEDULE_OVERLAP_MAX: `${WAITING_MAX}` } });
  });
  afterAll(() => app.close());
  beforeEach(() => void (app.sink.calls.length = 0));

  afterEach(async () => {
    const { body } = await request(app.url).get('/schedules?limit=200').expect(200);
    for (const { id } of body.data.items) await request(app.url).delete(`/schedules/${id}`).expect(204);
  });

  async function create(body: object = {}): Promise<string> {
    const action = { integration: 'sink', operation: 'write', params: { n: 1 } };
    const response = await request(app.url)
      .post('/schedules')
      .send({ ...action, every: 'PT1H', ...body })
      .expect(201);
    return response.body.data.id as string;
  }
  /** Oldest first. */
  const runsOf = async (id: string): Promise<RunView[]> =>
    (await request(app.url).get(`/schedules/${id}/runs?limit=200`).expect(200)).body.data.items.toReversed();
  const untilRuns = (id: string, count: number) =>
    until(async () => (await runsOf(id)).length === count, { what: `${count} runs` });

  it('wait as long as any runs, also one that was asked for by hand and ends before', async () => {
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    app.sink.onExecute = async () => {
      await gates[app.sink.calls.length - 1]?.promise;
      return {};
    };
    const id = await create();
    app.clock.forward(HOUR_MS);
    await until(() => app.sink.calls.length === 1, { what: 'the first to run' });
    app.clock.forward(HOUR_MS);
    await untilRuns(id, 2);
    await request(app.url).post(`/schedules/${id}/run`).send({}).expect(202);
    await until(() => app.sink.calls.length === 2, { what: 'the one by hand to run' });
    gates[1]?.resolve();
    await until(async () => (await runsOf(id))[2]?.status === 'succeeded', { what: 'the end of that' });
    expect((await runsOf(id)).map((run) => run.status)).toEqual(['running', 'waiting', 'succeeded']);
    expect(app.sink.calls).toHaveLength(2);
    gates[0]?.resolve();
    await until(async () => (await runsOf(id))[1]?.status === 'succeeded', { what: 'its turn' });
    expect(app.sink.calls).toHaveLength(3);
  });

  it('have it one after the other, the oldest first', async () => {
    const gates = Array.from({ length: 3 }, () => Promise.withResolvers<void>());
    app.sink.onExecute = async () => {
      await gates[app.sink.calls.length - 1]?.promise;
      return {};
    };
    const id = await create();
    for (let count = 1; count <= 3; count++) {
      app.clock.forward(HOUR_MS);
      await untilRuns(id, count);
    }
    await until(() => app.sink.calls.length === 1, { what: 'the first to run' });
    gates[0]?.resolve();
    await until(() => app.sink.calls.length === 2, { what: 'the next to run' });
    expect((await runsOf(id)).map((run) => run.status)).toEqual(['succeeded', 'running', 'waiting']);
    for (const gate of gates) gate.resolve();
    await until(async () => (await runsOf(id))[2]?.status === 'succeeded', { what: 'the last turn' });
  });

  it('are no more than may wait: what is due beyond that is skipped, and says why', async () => {
    const gate = Promise.withResolvers<void>();
    app.sink.onExecute = async () => {
      await gate.promise;
      return {};
    };
    const id = await create();
    for (let count = 1; count <= WAITING_MAX + 3; count++) {
      app.clock.forward(HOUR_MS);
      await untilRuns(id, count);
    }
    const runs = await runsOf(id);
    expect(runs.slice(1).map((run) => run.status)).toEqual([
      ...Array.from({ length: WAITING_MAX }, () => 'waiting'),
      'skipped',
      'skipped',
    ]);
    expect(runs.at(-1)?.error).toMatchObject({
      code: 'limit_reached',
      message: expect.stringContaining('3'),
    });
    gate.resolve();
    await until(
      async () => (await runsOf(id)).every((run) => ['succeeded', 'skipped'].includes(run.status)),
      {
        what: 'the end of all',
      },
    );
    expect(app.sink.calls).toHaveLength(1 + WAITING_MAX);
    app.clock.forward(HOUR_MS);
    await until(() => app.sink.calls.length === 2 + WAITING_MAX, {
      what: 'the next, for whom there is room',
    });
  });

  it('are not ended by a worker from whom the run was taken and given to another', async () => {
    app.sink.onExecute = async () => ({});
    const id = await create();
    const runs = app.app.get(ScheduleRunsRepository, { strict: false });
    const schedules = app.app.get(SchedulesRepository, { strict: false });
    await app.engine.pool.query(
      `insert into clankerbot.schedule_runs (id, schedule_id, kind, due_at, status, target, request_id, created_at)
       select 'run', id, 'due', now(), 'queued', target, 'r', now() from clankerbot.schedules where id = $1`,
      [id],
    );
    const [first] = await runs.begin(['run'], app.clock.now());
    const [second] = await runs.begin(['run'], app.clock.now());
    const finish = (attempt: number) =>
      schedules.transaction((transaction) =>
        runs.finish(
          [
            {
              id: 'run',
              attempt,
              status: 'succeeded',
              finished_at: app.clock.now(),
              action_run_id: null,
              result: attempt,
              error: null,
            },
          ],
          transaction,
        ),
      );
    expect(await finish(first!.attempt)).toEqual([]);
    expect((await runs.find('run'))?.status).toBe('running');
    expect(await finish(second!.attempt)).toEqual([id]);
    expect(await runs.find('run')).toMatchObject({ status: 'succeeded', result: second!.attempt });
  });
});
