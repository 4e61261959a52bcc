import request from 'supertest';
import { parse } from 'yaml';
import { type FlowApp, startFlowApp } from './flow-app.js';

const simple = { name: 'Simple', steps: [{ id: 'a', action: 'sink.write', params: { n: 1 } }] };

describe('flows over HTTP', () => {
  let app: FlowApp;
  beforeAll(async () => {
    app = await startFlowApp();
  });
  afterAll(() => app.close());

  it('are made, listed, changed, switched and deleted', async () => {
    const created = await request(app.url).post('/flows').send(simple).expect(201);
    const { id } = created.body.data;
    expect(created.body.data).toMatchObject({
      ...simple,
      version: 1,
      enabled: true,
      cost: { actions: { min: 1, max: 1 } },
    });
    const got = await request(app.url).get(`/flows/${id}`).expect(200);
    expect(got.body.data).toEqual(created.body.data);
    await request(app.url).patch(`/flows/${id}`).send({ description: 'It is simple' }).expect(200);
    await request(app.url).post(`/flows/${id}/disable`).send({}).expect(200);
    const disabled = await request(app.url).get('/flows?enabled=false').expect(200);
    expect(disabled.body.data.items).toMatchObject([
      { id, version: 3, enabled: false, description: 'It is simple' },
    ]);
    expect((await request(app.url).get('/flows?enabled=true')).body.data.items).toEqual([]);
    await request(app.url).post(`/flows/${id}/enable`).send({}).expect(200);
    const versions = await request(app.url).get(`/flows/${id}/versions`).expect(200);
    expect(versions.body.data.items.map((v: { version: number }) => v.version)).toEqual([4, 3, 2, 1]);
    const first = await request(app.url).get(`/flows/${id}?version=1`).expect(200);
    expect(first.body.data).not.toHaveProperty('description');
    await request(app.url).delete(`/flows/${id}`).expect(204);
    await request(app.url).get(`/flows/${id}`).expect(404);
    await request(app.url).post(`/flows/${id}/run`).send({}).expect(404);
  });

  it('come and go as YAML', async () => {
    const yaml =
      'name: Yam\nsteps:\n  - id: a\n    action: sink.write\n    params: {n: 1, when: 2027-01-01}\n';
    const created = await request(app.url)
      .post('/flows')
      .set('Content-Type', 'application/yaml')
      .send(yaml)
      .expect(201);
    const { id } = created.body.data;
    expect(created.body.data.steps[0].params).toEqual({ n: 1, when: '2027-01-01' });
    const got = await request(app.url).get(`/flows/${id}`).set('Accept', 'application/yaml').expect(200);
    expect(got.headers['content-type']).toBe('application/yaml; charset=utf-8');
    expect(parse(got.text)).toMatchObject({ name: 'Yam', steps: [{ id: 'a' }] });
    await request(app.url).put(`/flows/${id}`).set('Content-Type', 'text/yaml').send(got.text).expect(200);
    await request(app.url).post('/flows').set('Content-Type', 'application/yaml').send('a: [').expect(400);
  });

  it('refuse a document with every fault and its path', async () => {
    const response = await request(app.url)
      .post('/flows')
      .send({ steps: [{ action: 'sink.strict', params: { n: 'x' } }, { action: 'sink.wrte' }] })
      .expect(400);
    expect(response.body.error).toMatchObject({
      code: 'validation_error',
      details: [{ path: 'name' }],
    });
    const named = await request(app.url)
      .post('/flows/validate')
      .send({ name: 'x', steps: [{ action: 'sink.strict', params: { n: 'x' } }, { action: 'sink.wrte' }] })
      .expect(200);
    expect(named.body.data).toMatchObject({
      valid: false,
      faults: [
        { path: 'steps[0].params.n' },
        { path: 'steps[1].action', message: expect.stringContaining('sink.write') },
      ],
    });
  });

  it.each([
    ['a list', '[]'],
    ['a text', '"x"'],
    ['nothing', '{}'],
    ['no JSON', '{'],
  ])('refuse %s for a flow', async (_what, body) => {
    await request(app.url).post('/flows').set('Content-Type', 'application/json').send(body).expect(400);
  });

  it('refuse to overwrite a change that the caller has not seen', async () => {
    const flow = await app.createFlow(simple);
    const replace = (version: number) =>
      request(app.url)
        .put(`/flows/${flow.id}`)
        .send({ ...simple, version });
    await replace(1).expect(200);
    await replace(1).expect(409);
    await replace(2).expect(200);
    const both = await Promise.all([replace(3), replace(3)]);
    expect(both.map((r) => r.status).sort()).toEqual([200, 409]);
  });

  it('page by cursor', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) ids.push((await app.createFlow({ ...simple, name: `Page ${i}` })).id);
    const first = await request(app.url).get('/flows?limit=2').expect(200);
    expect(first.body.data.items.map((f: { id: string }) => f.id)).toEqual([ids[2], ids[1]]);
    const next = await request(app.url)
      .get(`/flows?limit=1&cursor=${first.body.data.nextCursor}`)
      .expect(200);
    expect(next.body.data.items[0].id).toBe(ids[0]);
    await request(app.url).get('/flows?limit=0').expect(400);
    await request(app.url).get('/flow-runs?status=odd').expect(400);
    await request(app.url).get('/flow-runs/unknown').expect(404);
  });

  it('list the runs of flows that are there, or were', async () => {
    const runs = (id: string) => request(app.url).get(`/flows/${id}/runs`);
    await runs('01K8Z5D8V3QGZ1N7X0T4W6Y2AB').expect(404);
    const flow = await app.createFlow({ ...simple, name: 'Short-lived' });
    expect((await runs(flow.id).expect(200)).body.data.items).toEqual([]);
    await app.run(flow.id, {});
    await request(app.url).delete(`/flows/${flow.id}`).expect(204);
    // A flow that was deleted leaves its runs to be looked at.
    expect((await runs(flow.id).expect(200)).body.data.items).toHaveLength(1);
    const other = await app.createFlow({ ...simple, name: 'Never run' });
    await request(app.url).delete(`/flows/${other.id}`).expect(204);
    expect((await runs(other.id).expect(200)).body.data.items).toEqual([]);
  });

  it('start one run for one Idempotency-Key and payload', async () => {
    const flow = await app.createFlow({ ...simple, name: 'Keyed' });
    const run = (body: object) =>
      request(app.url).post(`/flows/${flow.id}/run`).set('Idempotency-Key', 'k1').send(body);
    const event = { type: 'MADE', subjectId: 's' };
    const first = await run({ payload: { a: 1, b: { c: 2 } }, event }).expect(202);
    const again = await run({ event, payload: { b: { c: 2 }, a: 1 } }).expect(202);
    expect(again.body.data.run.id).toBe(first.body.data.run.id);
    for (const body of [{ payload: { a: 2 }, event }, { payload: { a: 1, b: { c: 2 } } }, {}]) {
      const other = await run(body).expect(409);
      expect(other.body.error.message).toContain('Idempotency-Key');
    }
    expect(await app.runsOf(flow.id)).toHaveLength(1);
    const odd = () =>
      request(app.url)
        .post(`/flows/${flow.id}/run`)
        .set('Idempotency-Key', 'k2')
        .send({ payload: { text: 'a\u0000b', n: -0 } })
        .expect(202);
    expect((await odd()).body.data.run.id).toBe((await odd()).body.data.run.id);
  });

  it('take test events whose conditions do not hold, and say so', async () => {
    const flow = await app.createFlow({
      ...simple,
      conditions: { field: 'payload.n', operator: '>', value: 5 },
    });
    const run = (body: object) => request(app.url).post(`/flows/${flow.id}/run`).send(body).expect(202);
    expect((await run({ payload: { n: 1 } })).body.data).toEqual({ started: false, run: null });
    expect((await run({ payload: { n: 6 } })).body.data.started).toBe(true);
    expect((await run({ payload: { n: 1 }, ignoreConditions: true })).body.data.started).toBe(true);
  });

  it('store what Postgres cannot hold as what it can', async () => {
    const flow = await app.createFlow({
      name: 'Odd',
      steps: [{ id: 't', transform: '{{ payload.text & "!" }}' }],
    });
    const run = await app.run(flow.id, { text: 'a\u0000b' });
    expect(run).toMatchObject({ status: 'succeeded', result: 'a\uFFFDb!' });
  });
});
