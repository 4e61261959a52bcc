import request from 'supertest';
import { IntegrationError } from '../../src/integrations/integration-error.js';
import { type FlowApp, startFlowApp } from '../flows/flow-app.js';
import { until } from '../support/until.js';

const action = { integration: 'sink', operation: 'write', params: { n: 1 } };
const HOUR_MS = 3_600_000;

interface RunView {
  id: string;
  kind: string;
  status: string;
  dueAt: string;
  missed: number;
  error: { code: string } | null;
  flowRunId: string | null;
}

describe('schedules', () => {
  let app: FlowApp;
  beforeAll(async () => {
    app = await startFlowApp();
  });
  afterAll(() => app.close());
  beforeEach(async () => {
    app.sink.calls.length = 0;
    app.sink.onExecute = async (_operation, params) => ({ got: params });
  });
  afterEach(async () => {
    for (const { id, ofFlow } of (await request(app.url).get('/schedules?limit=200')).body.data.items) {
      if (ofFlow === null) await request(app.url).delete(`/schedules/${id}`).expect(204);
    }
  });

  const create = async (
    body: object,
  ): Promise<Record<string, unknown> & { id: string; nextRuns: string[] }> => {
    const response = await request(app.url)
      .post('/schedules')
      .send({ ...action, ...body });
    if (response.status !== 201) throw new Error(JSON.stringify(response.body));
    return response.body.data;
  };
  const runsOf = async (id: string): Promise<RunView[]> =>
    (await request(app.url).get(`/schedules/${id}/runs?limit=200`).expect(200)).body.data.items;
  const inMs = (ms: number): string => new Date(app.clock.nowMs() + ms).toISOString();

  describe('when they are made', () => {
    it('answer as the contract says', async () => {
      const made = await create({ cron: '0 9 * * *', timezone: 'Europe/Berlin', name: 'Morning' });
      expect(made).toMatchObject({
        scheduled: true,
        cron: '0 9 * * *',
        id: expect.any(String),
        name: 'Morning',
      });
      expect(made.nextRuns).toHaveLength(5);
      expect(made.nextRuns).toEqual([...made.nextRuns].sort());
      const object = await create({ cron: { hour: 9, minute: 30, day_of_week: 'mon' } });
      expect(object['cron']).toEqual({ hour: 9, minute: 30, day_of_week: 'mon' });
      for (const at of object.nextRuns) {
        expect(at.slice(11, 16)).toBe('09:30');
        expect(new Date(at).getUTCDay()).toBe(1);
      }
      const got = await request(app.url).get(`/schedules/${made.id}`).expect(200);
      expect(got.body.data).toMatchObject({
        id: made.id,
        runs: [],
        paused: false,
        overlap: 'queue',
        misfire: 'coalesce',
      });
    });

    it.each<[string, object, string]>([
      ['a cron that is none', { cron: 'every day' }, 'cron'],
      ['a field out of range', { cron: { minute: 61 } }, 'cron.minute'],
      ['an unknown field', { cron: { minutes: 1 } }, 'cron.minutes'],
      ['a list for a cron', { cron: [] }, 'cron'],
      ['30 February', { cron: '0 0 30 2 *' }, 'cron'],
      ['30 February as an object', { cron: { month: 2, day: 30 } }, 'cron'],
      ['an unknown zone', { cron: '* * * * *', timezone: 'Mars/Base' }, 'timezone'],
      ['a number for a zone', { cron: '* * * * *', timezone: 1 }, 'timezone'],
      ['a time that is over', { at: '2020-01-01T00:00:00Z' }, 'at'],
      ['a date that is none', { at: '2027-02-30T00:00:00Z' }, 'at'],
      ['an offset that is none', { at: '2027-10-31T02:30:00+99:99' }, 'at'],
      ['an offset of more than fourteen hours', { at: '2027-10-31T02:30:00-15:00' }, 'at'],
      ['a year of two digits', { every: 'PT1H', startAt: '0050-01-31' }, 'startAt'],
      ['a bad interval', { every: '15 minutes' }, 'every'],
      ['two timings', { every: 'PT5M', cron: '* * * * *' }, 'every'],
      ['no timing', {}, 'cron'],
      ['a start without an interval', { cron: '* * * * *', startAt: '2027-01-01' }, 'startAt'],
      ['an unknown misfire', { cron: '* * * * *', misfire: 'later' }, 'misfire'],
      ['too much catching up', { cron: '* * * * *', misfire: { catch_up: 1e6 } }, 'misfire'],
      ['an unknown overlap', { cron: '* * * * *', overlap: 'maybe' }, 'overlap'],
      ['a negative jitter', { cron: '* * * * *', jitter: -1 }, 'jitter'],
      ['two targets', { cron: '* * * * *', flow: 'x' }, 'integration'],
      [
        'an unknown flow',
        { integration: undefined, operation: undefined, params: undefined, cron: '* * * * *', flow: 'x' },
        'flow',
      ],
      ['wrong params', { operation: 'strict', params: { n: 'x' }, cron: '* * * * *' }, 'params.n'],
      ['an unknown key', { cron: '* * * * *', tz: 'UTC' }, 'tz'],
    ])('refuse %s and name the field', async (_what, body, path) => {
      const response = await request(app.url)
        .post('/schedules')
        .send({ ...action, ...body });
      expect(response.status).toBe(400);
      expect(response.body.error.code).toBe('validation_error');
      const faults = response.body.error.details as { path: string }[];
      const paths = faults.map((fault) => fault.path);
      expect(paths.some((p) => p === path || (path === 'integration' && p === 'flow'))).toBe(true);
    });

    it('take null for what is not given', async () => {
      const nulls = {
        every: null,
        at: null,
        startAt: null,
        flow: null,
        payload: null,
        text: null,
        llm: null,
      };
      const more = { name: null, timezone: null, misfire: null, overlap: null, jitter: null, paused: null };
      const made = await create({ cron: '0 9 * * *', ...nulls, ...more });
      expect(made).toMatchObject({ ...action, cron: '0 9 * * *', overlap: 'queue', paused: false });
      const { body } = await request(app.url)
        .patch(`/schedules/${made.id}`)
        .send({ ...nulls, ...more, cron: null, integration: null, operation: null, params: null, jitter: 5 })
        .expect(200);
      expect(body.data).toMatchObject({ ...action, cron: '0 9 * * *', jitter: 5 });
      const flow = await app.createFlow({ name: 'Nulls', steps: [{ transform: 1 }] });
      const target = { flow: flow.id, integration: null, operation: null, params: null, text: null };
      expect(await create({ ...target, every: 'PT1H' })).toMatchObject({ flow: flow.id, payload: null });
    });

    it('refuse an unknown operation', async () => {
      const response = await request(app.url)
        .post('/schedules')
        .send({ ...action, operation: 'wrte', cron: '* * * * *' });
      expect(response.status).toBe(404);
    });

    it('understand text', async () => {
      const response = await request(app.url)
        .post('/schedules')
        .send({ text: 'sink.write n=5', every: 'PT1H' })
        .expect(201);
      expect(response.body.data).toMatchObject({
        integration: 'sink',
        operation: 'write',
        text: 'sink.write n=5',
      });
    });
  });

  describe('when they are due', () => {
    it('run within a second, once, and tell so', async () => {
      const made = await create({ at: inMs(1_500) });
      const dueMs = Date.parse(made.nextRuns[0]!);
      await until(() => app.sink.calls.length > 0, { what: 'the run' });
      expect(app.clock.nowMs() - dueMs).toBeLessThan(3000);
      await until(async () => (await runsOf(made.id))[0]?.status === 'succeeded', { what: 'the outcome' });
      expect(await runsOf(made.id)).toMatchObject([{ kind: 'due', dueAt: made.nextRuns[0] }]);
      expect((await request(app.url).get(`/schedules/${made.id}`)).body.data).toMatchObject({ nextRuns: [] });
      expect(app.effects()).toEqual([{ n: 1 }]);
    });

    it('run for each due time', async () => {
      const made = await create({ cron: '* * * * *', misfire: { catch_up: 100 } });
      app.clock.forward(3 * 60_000);
      await until(() => app.sink.calls.length >= 3, { what: 'three runs' });
      await until(async () => (await runsOf(made.id)).every((run) => run.status === 'succeeded'));
      const dues = (await runsOf(made.id)).map((run) => run.dueAt);
      expect(new Set(dues).size).toBe(dues.length);
      expect(app.sink.calls.length).toBe(dues.length);
    });

    it.each([
      ['skip', ['missed']],
      ['coalesce', ['coalesced']],
      ['catch_up', Array.from({ length: 10 }, () => 'caught_up')],
    ])('follow the policy %s for what was missed', async (misfire, kinds) => {
      const made = await create({ every: 'PT1H', misfire });
      app.clock.forward(20 * HOUR_MS + 1_800_000);
      await until(async () => (await runsOf(made.id)).length > 0, { what: 'the look' });
      const seen = (await runsOf(made.id)).map((run) => run.kind);
      expect(seen.filter((kind) => kind !== 'missed' || misfire === 'skip')).toEqual(kinds);
    });

    it('run for each due time however much longer the jitter is than the interval', async () => {
      const MINUTE_MS = 60_000;
      const createLate = async () => {
        for (;;) {
          const startAt = inMs(MINUTE_MS);
          const late = { every: 'PT1M', jitter: 900, misfire: 'skip', overlap: 'parallel' };
          const made = await create({ ...late, startAt });
          if (Date.parse(made.nextRuns[0]!) - Date.parse(startAt) > 12 * MINUTE_MS)
            return { ...made, startAt };
          await request(app.url).delete(`/schedules/${made.id}`).expect(204);
        }
      };
      const made = await createLate();
      expect(made.nextRuns).toEqual([...made.nextRuns].sort());
      app.clock.forward(Date.parse(made.nextRuns[0]!) - app.clock.nowMs());
      await until(async () => (await runsOf(made.id)).length > 0, { what: 'the look' });
      const runs = (await runsOf(made.id)).toReversed();
      expect(runs.map((run) => [run.kind, run.missed, Date.parse(run.dueAt)])).toEqual(
        runs.map((_run, index) => ['due', 0, Date.parse(made.startAt) + index * MINUTE_MS]),
      );
    });

    it('tell a failure with its code', async () => {
      app.sink.onExecute = async () => {
        throw new IntegrationError('validation_error', 'no');
      };
      const made = await create({ at: inMs(300) });
      await until(async () => (await runsOf(made.id))[0]?.status === 'failed', { what: 'the failure' });
      expect((await runsOf(made.id))[0]?.error).toMatchObject({ code: 'validation_error' });
    });

    it.each(['queue', 'skip', 'parallel'])('overlap as they are told: %s', async (overlap) => {
      const gate = Promise.withResolvers<void>();
      let active = 0;
      let most = 0;
      app.sink.onExecute = async () => {
        most = Math.max(most, ++active);
        await gate.promise;
        active--;
        return {};
      };
      const made = await create({ every: 'PT1H', overlap, misfire: { catch_up: 3 } });
      app.clock.forward(3 * HOUR_MS + 1_800_000);
      await until(async () => (await runsOf(made.id)).length === 3, { what: 'three runs' });
      await until(() => app.sink.calls.length === (overlap === 'parallel' ? 3 : 1), { what: 'the start' });
      gate.resolve();
      await until(
        async () => (await runsOf(made.id)).every((run) => ['succeeded', 'skipped'].includes(run.status)),
        { what: 'the end' },
      );
      expect(most).toBe(overlap === 'parallel' ? 3 : 1);
      expect(app.sink.calls).toHaveLength(overlap === 'skip' ? 1 : 3);
    });

    it('start flows, and end with them', async () => {
      const flow = await app.createFlow({
        name: 'Reporter',
        steps: [
          { action: 'sink.write', params: { due: '{{ payload.schedule.dueAt }}', to: '{{ payload.to }}' } },
        ],
      });
      const response = await request(app.url)
        .post('/schedules')
        .send({ flow: 'Reporter', payload: { to: 'x' }, at: inMs(300) })
        .expect(201);
      const { id, nextRuns } = response.body.data;
      await until(async () => (await runsOf(id as string))[0]?.status === 'succeeded', { what: 'the flow' });
      expect(app.effects()).toEqual([{ due: nextRuns[0], to: 'x' }]);
      expect((await app.runsOf(flow.id)).map((run) => run.id)).toEqual([
        (await runsOf(id as string))[0]?.flowRunId,
      ]);
    });

    it('start the flows that have a schedule of their own', async () => {
      const document = {
        name: 'Clockwork',
        trigger: { schedule: { every: 'PT1H', timezone: 'Europe/Berlin' } },
        steps: [{ action: 'sink.write', params: { tick: true } }],
      };
      const flow = await app.createFlow(document);
      const ours = async () =>
        (await request(app.url).get('/schedules')).body.data.items.find(
          (schedule: { ofFlow: string }) => schedule.ofFlow === flow.id,
        );
      const schedule = await ours();
      expect(schedule).toMatchObject({ every: 'PT1H', timezone: 'Europe/Berlin', paused: false });
      await request(app.url).delete(`/schedules/${schedule.id}`).expect(409);
      app.clock.forward(HOUR_MS);
      await until(() => app.sink.calls.length === 1, { what: 'the tick' });
      // Saved again and again, it is still one schedule.
      for (let i = 0; i < 3; i++) await request(app.url).put(`/flows/${flow.id}`).send(document).expect(200);
      expect((await ours()).id).toBe(schedule.id);
      const { rows } = await app.engine.pool.query('select id from clankerbot.schedules where flow_id = $1', [
        flow.id,
      ]);
      expect(rows).toHaveLength(1);
      await request(app.url).post(`/flows/${flow.id}/disable`).send({}).expect(200);
      expect(await ours()).toMatchObject({ paused: true, nextRuns: [] });
      await request(app.url)
        .put(`/flows/${flow.id}`)
        .send({ ...document, trigger: {} })
        .expect(200);
      expect(await ours()).toBeUndefined();
      const bad = await request(app.url)
        .post('/flows')
        .send({ ...document, trigger: { schedule: { cron: '61 * * * *' } } })
        .expect(400);
      expect(bad.body.error.details).toMatchObject([{ path: 'trigger.schedule.cron' }]);
    });
  });

  describe('when they are changed while a due time waits for its jitter', () => {
    /** Due in a second, and fired at least ten minutes later. */
    const createLate = async (timing: (at: string) => object) => {
      for (;;) {
        const at = inMs(1000);
        const made = await create({ ...timing(at), jitter: 3600 });
        if (Date.parse(made.nextRuns[0]!) - Date.parse(at) > 600_000) return { ...made, dueAt: at };
        await request(app.url).delete(`/schedules/${made.id}`).expect(204);
      }
    };
    const fires = async (id: string, firesAt: string) => {
      app.clock.forward(Date.parse(firesAt) - app.clock.nowMs());
      await until(async () => (await runsOf(id))[0]?.status === 'succeeded', { what: 'the run' });
    };

    it.each<[string, (at: string) => object]>([
      ['an interval', (at) => ({ every: 'PT5H', startAt: at })],
      ['a single time', (at) => ({ at })],
    ])('go on waiting for it: %s', async (_what, timing) => {
      const made = await createLate(timing);
      app.clock.forward(60_000);
      const patch = (body: object) => request(app.url).patch(`/schedules/${made.id}`).send(body).expect(200);
      await patch({ overlap: 'skip' });
      await patch({ misfire: 'skip', jitter: 3600, timezone: 'UTC', ...timing(made.dueAt) });
      const { body } = await patch({ name: 'Late' });
      expect(body.data).toMatchObject({ overlap: 'skip', misfire: 'skip', nextRuns: made.nextRuns });
      await fires(made.id, made.nextRuns[0]!);
      expect(await runsOf(made.id)).toMatchObject([{ kind: 'due', dueAt: made.dueAt }]);
    });

    it('take a new time in its place', async () => {
      const made = await createLate((at) => ({ at }));
      app.clock.forward(60_000);
      const patch = (body: object) => request(app.url).patch(`/schedules/${made.id}`).send(body);
      await patch({ at: inMs(-30_000) }).expect(400);
      const at = inMs(5 * HOUR_MS);
      expect((await patch({ at, jitter: 0 }).expect(200)).body.data.nextRuns).toEqual([at]);
    });
  });

  it('can be paused, resumed, changed, run by hand and deleted', async () => {
    const made = await create({ every: 'PT1H' });
    const patch = (body: object) => request(app.url).patch(`/schedules/${made.id}`).send(body);
    expect((await patch({ paused: true }).expect(200)).body.data).toMatchObject({
      paused: true,
      nextRuns: [],
    });
    app.clock.forward(5 * HOUR_MS);
    const resumed = (await patch({ paused: false }).expect(200)).body.data;
    expect(Date.parse(resumed.nextRuns[0])).toBeGreaterThan(app.clock.nowMs());
    expect(app.sink.calls).toHaveLength(0);
    const changed = (await patch({ cron: '0 0 1 1 *', params: undefined, name: 'New year' }).expect(200)).body
      .data;
    expect(changed).toMatchObject({ cron: '0 0 1 1 *', every: null, name: 'New year' });
    await patch({ cron: 'x' }).expect(400);
    const run = await request(app.url).post(`/schedules/${made.id}/run`).send({}).expect(202);
    expect(run.body.data.kind).toBe('manual');
    await until(async () => (await runsOf(made.id))[0]?.status === 'succeeded', { what: 'the run by hand' });
    await request(app.url).delete(`/schedules/${made.id}`).expect(204);
    await request(app.url).get(`/schedules/${made.id}`).expect(404);
    await request(app.url).get(`/schedules/${made.id}/runs`).expect(404);
    await patch({ paused: true }).expect(404);
  });
});
