import request from 'supertest';
import { until } from '../support/until.js';
import { type FlowApp, startFlowApp } from './flow-app.js';

describe('a wait until an instant', () => {
  let app: FlowApp;
  beforeAll(async () => {
    app = await startFlowApp();
  });
  afterAll(() => app.close());

  const write = { id: 'then', action: 'sink.write', params: {} };

  it.each(['Room 5', '2027-01-31T08:00:00', '2027-01-31'])(
    'is refused where it says %s when it is saved',
    async (text) => {
      const response = await request(app.url)
        .post('/flows')
        .send({ name: 'Waits', steps: [{ wait: { until: text } }] })
        .expect(400);
      expect(response.body.error.details).toMatchObject([
        { path: 'steps[0].wait.until', message: expect.stringContaining('2027-01-31T08:00:00Z') },
      ]);
    },
  );

  it('fails where an expression gives none, rather than not to wait', async () => {
    const flow = await app.createFlow({
      name: 'Waits for the payload',
      steps: [{ id: 'w', wait: { until: '{{ payload.t }}' } }, write],
    });
    for (const t of ['soon 1', 5, undefined]) {
      const { status, error } = await app.run(flow.id, { t });
      expect(status).toBe('failed');
      expect(error).toMatchObject({ code: 'validation_error', path: 'w' });
    }
    expect(app.effects()).toEqual([]);
    const t = new Date(app.clock.nowMs() + 3_600_000).toISOString().replace('Z', '+00:00');
    const started = await request(app.url).post(`/flows/${flow.id}/run`).send({ payload: { t } }).expect(202);
    const { id } = started.body.data.run;
    await until(async () => (await app.look(id)).status === 'waiting', { what: 'the wait' });
    app.clock.forward(3_600_000);
    expect((await app.over(id)).status).toBe('succeeded');
  });
});

describe('what was worked out before a wait', () => {
  let app: FlowApp;
  beforeAll(async () => {
    app = await startFlowApp();
  });
  afterAll(() => app.close());

  it('is not worked out anew behind it: neither the result of a step nor the list of a loop', async () => {
    const flow = await app.createFlow({
      name: 'Remembers',
      steps: [
        { id: 'noted', transform: '{{ now }}' },
        {
          id: 'each',
          for_each: '{{ [now] }}',
          as: 'moment',
          steps: [
            { id: 'w', wait: 'PT1H' },
            {
              id: 'then',
              action: 'sink.write',
              params: { n: '{{ moment }}', noted: '{{ steps.noted.result }}' },
            },
          ],
        },
      ],
    });
    const started = await request(app.url).post(`/flows/${flow.id}/run`).send({ payload: {} }).expect(202);
    const { id } = started.body.data.run;
    await until(async () => (await app.look(id)).status === 'waiting', { what: 'the wait' });
    const { steps } = await app.look(id);
    const noted = steps.find(({ path }) => path === 'noted')?.output;
    const list = steps.find(({ path }) => path === 'each')?.input as { items: unknown[] };
    app.clock.forward(3_600_000);
    expect((await app.over(id)).status).toBe('succeeded');
    expect(typeof noted).toBe('string');
    expect(app.sink.calls.map(({ params }) => params)).toEqual([{ n: list.items[0], noted }]);
  });
});
