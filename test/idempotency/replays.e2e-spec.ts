import request from 'supertest';
import { EventInbox } from '../../src/events/inbox/event-inbox.js';
import { StoredAnswers } from '../../src/idempotency/stored-answers.js';
import { type FlowApp, startFlowApp } from '../flows/flow-app.js';
import { aDelivery } from '../support/deliveries.js';
import { fillWithEvents } from '../support/many-events.js';

const HOUR_MS = 3_600_000;

describe('an Idempotency-Key of a replay', () => {
  let app: FlowApp;
  let keys = 0;
  beforeAll(async () => {
    app = await startFlowApp({ env: { RATE_LIMIT_PER_MINUTE: '100000' } });
  });
  afterAll(() => app.close());

  const newKey = () => `key-${++keys}`;
  const send = (path: string, key: string | undefined, body: object = {}) =>
    key === undefined
      ? request(app.url).post(path).send(body)
      : request(app.url).post(path).set('Idempotency-Key', key).send(body);
  const store = async (type: string): Promise<string> =>
    (await app.app.get(EventInbox).receive(aDelivery({ type }), 10)).eventId;
  const copiesOf = async (type: string): Promise<number> => {
    const { rows } = await app.engine.pool.query<{ count: number }>(
      'select count(*)::int as count from clankerbot.events where type = $1 and replay_of is not null',
      [type],
    );
    return rows[0]?.count ?? -1;
  };

  it('of an event has it handled again once, and answers as at first', async () => {
    const path = `/events/${await store('ONE')}/replay`;
    const key = newKey();
    const first = await send(path, key).expect(200);
    expect(first.headers).not.toHaveProperty('idempotency-replayed');
    const again = await send(path, key).expect(200);
    expect(again.body.data).toEqual(first.body.data);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(await copiesOf('ONE')).toBe(1);
    await send(path, newKey()).expect(200);
    await send(path, undefined).expect(200);
    expect(await copiesOf('ONE')).toBe(3);
  });

  it('makes one of many at the same moment', async () => {
    const path = `/events/${await store('AT_ONCE')}/replay`;
    const key = newKey();
    const answers = await Promise.all(Array.from({ length: 8 }, () => send(path, key).expect(200)));
    expect(new Set(answers.map((answer) => answer.body.data.eventId as string)).size).toBe(1);
    expect(await copiesOf('AT_ONCE')).toBe(1);
  });

  it('is of one request only, must be readable, and is free after a refusal and after IDEMPOTENCY_KEY_HOURS', async () => {
    const [one, other] = [await store('REQUEST'), await store('REQUEST')];
    const key = newKey();
    await send('/events/01K8Z5D8V3QGZ1N7X0T4W6Y2AB/replay', key).expect(404);
    await send(`/events/${one}/replay`, key).expect(200);
    await send(`/events/${other}/replay`, key).expect(409);
    await send('/events/replay', key, { type: 'REQUEST' }).expect(409);
    await send(`/events/${other}/replay`, 'with space').expect(400);
    app.clock.forward(25 * HOUR_MS);
    await send(`/events/${other}/replay`, key).expect(200);
    expect(await copiesOf('REQUEST')).toBe(2);
  });

  it('of many events has each handled again once, in however many parts', async () => {
    await fillWithEvents(app.engine, 1_300, { nowMs: Date.now() });
    const key = newKey();
    const body = { type: 'COMMON' };
    const [first, second] = await Promise.all([
      send('/events/replay', key, body).expect(200),
      send('/events/replay', key, body).expect(200),
    ]);
    expect(first.body.data).toEqual({ matched: 1_200, replayed: 1_200, dryRun: false });
    expect(second.body.data).toEqual(first.body.data);
    const again = await send('/events/replay', key, body).expect(200);
    expect(again.body.data).toEqual(first.body.data);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(await copiesOf('COMMON')).toBe(1_200);
    await send('/events/replay', key, { ...body, limit: 7 }).expect(409);
    const few = await send('/events/replay', newKey(), { ...body, limit: 7 }).expect(200);
    expect(few.body.data).toEqual({ matched: 1_200, replayed: 7, dryRun: false });
  }, 60_000);

  it('goes on where a request has died between two parts', async () => {
    const answers = app.app.get(StoredAnswers, { strict: false });
    const keyed = { key: newKey(), request: 'in parts' };
    const done: number[] = [];
    const partsUntil = (last: number) => async (progress: { part: number } | undefined) => {
      const part = (progress?.part ?? 0) + 1;
      if (part > last) throw new Error('killed');
      done.push(part);
      return { progress: { part }, isLast: part === 4 };
    };
    await expect(answers.inParts(keyed, partsUntil(2))).rejects.toThrow('killed');
    expect(await answers.inParts(keyed, partsUntil(4))).toEqual({ answer: { part: 4 }, isReplay: false });
    expect(await answers.inParts(keyed, partsUntil(0))).toEqual({ answer: { part: 4 }, isReplay: true });
    expect(done).toEqual([1, 2, 3, 4]);
  });

  it('of a flow run starts one new run, and answers as at first', async () => {
    const flow = await app.createFlow({
      name: 'Replayed',
      steps: [{ action: 'sink.write', params: { n: 1 } }],
    });
    const run = await send(`/flows/${flow.id}/run`, undefined).expect(202);
    const path = `/flow-runs/${run.body.data.run.id}/replay`;
    const key = newKey();
    const first = await send(path, key).expect(202);
    const again = await send(path, key).expect(202);
    expect(again.body.data).toEqual(first.body.data);
    expect(again.headers['idempotency-replayed']).toBe('true');
    await send(path, key, { version: 'same' }).expect(409);
    await send(path, newKey(), { version: 'same' }).expect(202);
    const runs = await request(app.url).get(`/flows/${flow.id}/runs`).expect(200);
    const origins = (runs.body.data.items as { origin: string }[]).map(({ origin }) => origin).sort();
    expect(origins).toEqual(['manual', 'replay', 'replay']);
  });

  it('of a run by hand is known by its run where no answer was kept, and free after IDEMPOTENCY_KEY_HOURS', async () => {
    const flow = await app.createFlow({ name: 'By hand', steps: [{ wait: 'PT1H' }] });
    const key = newKey();
    const run = (payload: unknown) => send(`/flows/${flow.id}/run`, key, { payload });
    const first = (await run(1).expect(202)).body.data.run.id as string;
    // As a replica of the release before leaves it, which keeps no answers.
    await app.engine.pool.query('delete from clankerbot.schedule_answers');
    await run(2).expect(409);
    expect((await run(1).expect(202)).body.data.run.id).toBe(first);
    app.clock.forward(25 * HOUR_MS);
    const later = (await run(2).expect(202)).body.data.run.id as string;
    expect(later).not.toBe(first);
    expect((await run(2).expect(202)).body.data.run.id).toBe(later);
  });
});
