import request from 'supertest';
import { Clock, SystemClock } from '../../src/clock/clock.js';
import { until } from '../support/until.js';
import { type FlowApp, startFlowApp } from './flow-app.js';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** The database's, by which what is due is judged. */
describe('when the clock is set an hour ahead and back again', () => {
  let app: FlowApp;
  beforeAll(async () => {
    app = await startFlowApp({
      override: (builder) => builder.overrideProvider(Clock).useClass(SystemClock),
    });
  });
  afterAll(() => app.close());
  beforeEach(() => void (app.sink.calls.length = 0));

  const write = { id: 'then', action: 'sink.write', params: { n: 1 } };

  async function startWaiting(wait: unknown): Promise<string> {
    const flow = await app.createFlow({ name: 'Waits', steps: [{ id: 'w', wait }, write] });
    const response = await request(app.url).post(`/flows/${flow.id}/run`).send({}).expect(202);
    const id = response.body.data.run.id as string;
    await until(async () => (await app.look(id)).status === 'waiting', { what: 'the wait' });
    return id;
  }
  const waitsUntilMs = async (id: string): Promise<number> =>
    Date.parse(((await app.look(id)) as unknown as { waitsUntil: string }).waitsUntil);

  it('a pause that was begun in between is no longer than it was asked for', async () => {
    app.clock.forward(HOUR_MS);
    const id = await startWaiting('PT2M');
    app.clock.forward(-HOUR_MS);
    await until(async () => (await waitsUntilMs(id)) <= app.clock.nowMs() + 2 * MINUTE_MS, {
      what: 'its time',
    });
    expect(await waitsUntilMs(id)).toBeGreaterThan(app.clock.nowMs());
    app.clock.forward(2 * MINUTE_MS);
    expect((await app.over(id)).status).toBe('succeeded');
  });

  it('a wait until an instant, and a pause that was begun before, stay as they are', async () => {
    const before = await startWaiting('PT2H');
    const beforeMs = await waitsUntilMs(before);
    app.clock.forward(HOUR_MS);
    const until8 = new Date(app.clock.nowMs() + 2 * HOUR_MS).toISOString();
    const instant = await startWaiting({ until: until8 });
    const short = await startWaiting('PT2M');
    app.clock.forward(-HOUR_MS);
    await until(async () => (await waitsUntilMs(short)) <= app.clock.nowMs() + 2 * MINUTE_MS, {
      what: 'the others',
    });
    expect(await waitsUntilMs(instant)).toBe(Date.parse(until8));
    expect(await waitsUntilMs(before)).toBe(beforeMs);
  });

  it('a schedule goes on at its next time, and gives none of its times two runs', async () => {
    const made = await request(app.url)
      .post('/schedules')
      .send({ integration: 'sink', operation: 'write', params: { n: 2 }, cron: '* * * * *' })
      .expect(201);
    const { id } = made.body.data as { id: string };
    const dues = async (): Promise<string[]> =>
      (await request(app.url).get(`/schedules/${id}/runs?limit=200`).expect(200)).body.data.items.map(
        (run: { dueAt: string }) => run.dueAt,
      );
    app.clock.forward(HOUR_MS);
    await until(async () => (await dues()).length > 0, { what: 'the run for the missed hour' });
    app.clock.forward(-HOUR_MS);
    const next = async (): Promise<number> =>
      Date.parse((await request(app.url).get(`/schedules/${id}`).expect(200)).body.data.nextRuns[0]);
    await until(async () => (await next()) <= app.clock.nowMs() + MINUTE_MS, { what: 'the next time' });
    for (let minute = 1; minute <= 3; minute++) {
      const dueMs = await next();
      app.clock.forward(dueMs - app.clock.nowMs());
      await until(async () => (await next()) > dueMs, { what: `minute ${minute}` });
    }
    const all = await dues();
    expect(new Set(all).size).toBe(all.length);
    expect(all.length).toBeGreaterThanOrEqual(3);
  });
});
