import request from 'supertest';
import { StoredAnswers } from '../../src/idempotency/stored-answers.js';
import { type FlowApp, startFlowApp } from '../flows/flow-app.js';
import { until } from '../support/until.js';

const HOUR_MS = 3_600_000;

describe('an Idempotency-Key of a schedule', () => {
  let app: FlowApp;
  let keys = 0;
  beforeAll(async () => {
    app = await startFlowApp();
  });
  afterAll(() => app.close());

  const newKey = () => `key-${++keys}`;
  const send = (path: string, key: string, body: object) =>
    request(app.url).post(path).set('Idempotency-Key', key).send(body);
  const hourly = (n: number) => ({
    integration: 'sink',
    operation: 'write',
    params: { n },
    every: 'PT1H',
  });
  const schedules = async (): Promise<{ id: string }[]> =>
    (await request(app.url).get('/schedules?limit=200').expect(200)).body.data.items;

  it('makes one, however often it comes, and answers as at first', async () => {
    const key = newKey();
    const before = (await schedules()).length;
    const first = await send('/schedules', key, hourly(1)).expect(201);
    expect(first.headers).not.toHaveProperty('idempotency-replayed');
    await request(app.url).patch(`/schedules/${first.body.data.id}`).send({ name: 'Changed' }).expect(200);
    const again = await send('/schedules', key, hourly(1)).expect(201);
    expect(again.body.data).toEqual(first.body.data);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(await schedules()).toHaveLength(before + 1);
    // One that is gone is not made again by whoever missed the answer.
    await request(app.url).delete(`/schedules/${first.body.data.id}`).expect(204);
    await send('/schedules', key, hourly(1)).expect(201);
    expect(await schedules()).toHaveLength(before);
  });

  it('answers though the time that was asked for is over', async () => {
    const key = newKey();
    const { every: _every, ...action } = hourly(2);
    const once = { ...action, at: new Date(app.clock.nowMs() + 60_000).toISOString() };
    const first = await send('/schedules', key, once).expect(201);
    app.clock.forward(2 * 60_000);
    expect((await send('/schedules', key, once).expect(201)).body.data).toEqual(first.body.data);
  });

  it('makes one of many at the same moment', async () => {
    const key = newKey();
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => send('/schedules', key, hourly(3)).expect(201)),
    );
    expect(new Set(answers.map((answer) => answer.body.data.id as string)).size).toBe(1);
    expect(answers.filter((answer) => !('idempotency-replayed' in answer.headers))).toHaveLength(1);
  });

  it('runs it once', async () => {
    const made = await request(app.url).post('/schedules').send(hourly(4)).expect(201);
    const path = `/schedules/${made.body.data.id}/run`;
    const key = newKey();
    const runs = [await send(path, key, {}).expect(202), await send(path, key, {}).expect(202)];
    expect(runs[1]?.body.data).toEqual(runs[0]?.body.data);
    await send(path, newKey(), {}).expect(202);
    const written = () => app.effects().filter((effect) => (effect as { n: number }).n === 4).length;
    await until(() => written() === 2, { what: 'both runs' });
    const kept = await request(app.url).get(`/schedules/${made.body.data.id}/runs`).expect(200);
    expect(kept.body.data.items).toHaveLength(2);
  });

  it('is of one request only', async () => {
    const key = newKey();
    const made = await send('/schedules', key, hourly(5)).expect(201);
    const other = await send('/schedules', key, hourly(6)).expect(409);
    expect(other.body.error).toMatchObject({
      code: 'conflict',
      message: expect.stringMatching('another request'),
    });
    await send(`/schedules/${made.body.data.id}/run`, key, {}).expect(409);
    await send('/schedules', newKey(), hourly(5)).expect(201);
  });

  it('is free again after a refusal, and after IDEMPOTENCY_KEY_HOURS', async () => {
    const key = newKey();
    await send('/schedules', key, { ...hourly(7), every: 'often' }).expect(400);
    await send('/schedules/none/run', key, {}).expect(404);
    const first = await send('/schedules', key, hourly(7)).expect(201);
    app.clock.forward(25 * HOUR_MS);
    const next = await send('/schedules', key, hourly(8)).expect(201);
    expect(next.body.data.id).not.toBe(first.body.data.id);
    await app.app.get(StoredAnswers, { strict: false }).sweep();
    const { rows } = await app.engine.pool.query('select key from clankerbot.schedule_answers');
    expect(rows).toEqual([{ key: expect.stringMatching(`:${key}$`) }]);
  });

  it.each(['', 'with space', 'x'.repeat(256)])('must be readable, and %j is not', async (key) => {
    const { body } = await send('/schedules', key, hourly(9)).expect(400);
    expect(body.error.code).toBe('validation_error');
  });
});
