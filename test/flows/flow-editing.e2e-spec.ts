import request from 'supertest';
import { until } from '../support/until.js';
import { type FlowApp, startFlowApp } from './flow-app.js';

const steps = [{ id: 'a', action: 'sink.write', params: { n: 1 } }];

describe('a flow that is saved again', () => {
  let app: FlowApp;
  beforeAll(async () => {
    app = await startFlowApp();
  });
  afterAll(() => app.close());

  const get = async (id: string) => (await request(app.url).get(`/flows/${id}`).expect(200)).body.data;
  const patch = (id: string, changes: object) => request(app.url).patch(`/flows/${id}`).send(changes);
  const put = (id: string, document: object) => request(app.url).put(`/flows/${id}`).send(document);
  const inMs = (ms: number): string => new Date(app.clock.nowMs() + ms).toISOString();

  describe('with a time that it waited for', () => {
    const at = (when: string, rest = {}) => ({
      name: 'Once',
      trigger: { schedule: { at: when, ...rest } },
      steps,
    });
    const nextRuns = async (flowId: string): Promise<string[]> => {
      const { items } = (await request(app.url).get('/schedules?limit=200').expect(200)).body.data;
      return items.find((schedule: { ofFlow: string }) => schedule.ofFlow === flowId).nextRuns;
    };

    it('stays as it is once that time is over', async () => {
      const flow = await app.createFlow(at(inMs(60_000)));
      app.clock.forward(61_000);
      await until(async () => (await app.runsOf(flow.id)).length === 1, { what: 'the run' });
      await patch(flow.id, { name: 'Renamed' }).expect(200);
      const saved = await put(flow.id, await get(flow.id)).expect(200);
      expect(saved.body.data).toMatchObject({ name: 'Renamed', version: 3 });
      expect(await nextRuns(flow.id)).toEqual([]);
      await request(app.url)
        .post(`/flows/${flow.id}/backtest`)
        .send({ from: inMs(-1000), to: inMs(0), definition: saved.body.data })
        .expect(200);
      const other = await put(flow.id, at(inMs(-30_000))).expect(400);
      expect(other.body.error.details).toMatchObject([{ path: 'trigger.schedule.at' }]);
      expect(await app.runsOf(flow.id)).toHaveLength(1);
    });

    it('still starts where it is due and has not started yet', async () => {
      const due = inMs(60_000);
      const fires = async (id: string) => new Date(String((await nextRuns(id))[0])).getTime();
      let flow = await app.createFlow(at(due, { jitter: 3600 }));
      // The jitter is a hash of the schedule's id: one that leaves room to look is soon found.
      while ((await fires(flow.id)) - Date.parse(due) < 600_000)
        flow = await app.createFlow(at(due, { jitter: 3600 }));
      const before = await nextRuns(flow.id);
      app.clock.forward(120_000);
      await patch(flow.id, { description: 'changed meanwhile' }).expect(200);
      expect(await nextRuns(flow.id)).toEqual(before);
      app.clock.forward(3_600_000);
      await until(async () => (await app.runsOf(flow.id)).length === 1, { what: 'the run' });
    });
  });

  describe('with the version that it was read at', () => {
    const simple = { name: 'Versioned', steps };

    it('is saved only where nobody was faster, whole or in part', async () => {
      const { id } = await app.createFlow(simple);
      await patch(id, { version: 1, description: 'first' }).expect(200);
      const stale = await patch(id, { version: 1, name: 'stale' }).expect(409);
      expect(stale.body.error.message).toContain('version 2');
      await patch(id, { version: 3, name: 'from the future' }).expect(409);
      await put(id, { ...simple, version: 1e15 }).expect(409);
      expect(await get(id)).toMatchObject({ name: 'Versioned', version: 2 });
      await patch(id, { version: 2, name: 'Renamed' }).expect(200);
      const both = await Promise.all([
        patch(id, { version: 3, name: 'one' }),
        patch(id, { version: 3, name: 'two' }),
      ]);
      expect(both.map((response) => response.status).sort()).toEqual([200, 409]);
    });

    it.each([['1'], [1.5], [0], [null], [[1]]])('is refused where that is %j', async (version) => {
      const { id } = await app.createFlow(simple);
      for (const response of [await put(id, { ...simple, version }), await patch(id, { version })]) {
        expect(response.status).toBe(400);
        expect(response.body.error.details).toEqual([{ path: 'version', message: expect.any(String) }]);
      }
      expect(await get(id)).toMatchObject({ version: 1 });
    });
  });

  describe('with calls of other flows', () => {
    const calls = (name: string, called: string, rest: object[] = []) => ({
      name,
      steps: [{ if: 'payload.a', else: [{ call_flow: called }] }, { call_flow: called }, ...rest],
    });
    const validate = async (document: object) =>
      (await request(app.url).post('/flows/validate').send(document).expect(200)).body.data;

    it('says which of them are not there, and counts them once they are', async () => {
      const missing = [
        { path: 'steps[0].else[0].call_flow', message: expect.stringContaining('no such flow') },
        { path: 'steps[1].call_flow', message: expect.stringContaining('no such flow') },
      ];
      expect(await validate(calls('Egg', 'Hen'))).toMatchObject({ valid: true, warnings: missing });
      // Each calls the other: one of them has to be the first.
      const egg = await app.createFlow(calls('Egg', 'Hen', steps));
      expect(egg).toMatchObject({ cost: { actions: { min: 1, max: 1 } }, warnings: missing });
      const hen = await app.createFlow({ name: 'Hen', steps });
      expect(hen).not.toHaveProperty('warnings');
      expect(await get(egg.id)).toMatchObject({ cost: { actions: { min: 2, max: 3 } } });
      expect(await get(egg.id)).not.toHaveProperty('warnings');
      const both = await put(hen.id, calls('Hen', egg.id)).expect(200);
      expect(both.body.data.cost.actions.max).toBeGreaterThan(3);
      const listed = (await request(app.url).get('/flows').expect(200)).body.data.items;
      expect(listed.find((flow: { id: string }) => flow.id === hen.id)).toEqual(await get(hen.id));
      await app.createFlow({ name: 'Hen', steps });
      expect(await get(egg.id)).toMatchObject({ warnings: missing });
      await put(egg.id, await get(egg.id)).expect(200);
    });

    it('may be those of itself', async () => {
      expect(await validate(calls('Ouroboros', 'Ouroboros'))).toMatchObject({ warnings: [] });
      expect(await app.createFlow(calls('Ouroboros', 'Ouroboros'))).not.toHaveProperty('warnings');
    });
  });

  it('loses its description where null is sent for it', async () => {
    const { id } = await app.createFlow({ name: 'Described', description: 'at length', steps });
    expect((await patch(id, { description: null }).expect(200)).body.data).not.toHaveProperty('description');
    expect(await app.createFlow({ name: 'Plain', description: null, steps })).not.toHaveProperty(
      'description',
    );
  });
});
