import request from 'supertest';
import { newId } from '../../src/clock/new-id.js';
import { EventInbox } from '../../src/events/inbox/event-inbox.js';
import { until } from '../support/until.js';
import { type FlowApp, startFlowApp } from './flow-app.js';

describe('flows and events', () => {
  let app: FlowApp;
  beforeAll(async () => {
    app = await startFlowApp({ env: { FLOW_MAX_CHAIN: '3' } });
  });
  afterAll(() => app.close());
  beforeEach(() => {
    app.sink.calls.length = 0;
  });

  const send = async (
    type: string,
    payload: object,
    rest: { subjectId?: string; workspaceId?: string } = {},
  ) =>
    (
      await app.app.get(EventInbox).receive(
        {
          source: 'clockify',
          type,
          isTypeInferred: false,
          workspaceId: rest.workspaceId ?? 'w1',
          userId: null,
          subjectId: rest.subjectId ?? null,
          payload,
          headers: {},
          changes: [],
          repeatKey: { kind: 'id', id: newId() },
          requestId: newId(),
        },
        100,
      )
    ).eventId;
  const write = (params: object) => ({ id: 'write', action: 'sink.write', params });
  const settled = async (flowId: string, count: number) => {
    await until(
      async () =>
        (await app.runsOf(flowId)).filter((run) => !['queued', 'running'].includes(run.status)).length >=
        count,
      { what: () => `${count} runs` },
    );
    return app.runsOf(flowId);
  };

  it('are not called handled, nor unwanted, by what the flows of today want', async () => {
    const progressOf = async (id: string) => (await request(app.url).get(`/events/${id}`)).body.data;
    const flowsIn = ({ handlers }: { handlers: { name: string }[] }) =>
      handlers.filter(({ name }) => name === 'flows');
    const done = async (id: string) =>
      until(async () => (await progressOf(id)).status === 'done', { what: 'the event to be through' });
    const early = await send('SEEN_LATER', {});
    await done(early);
    const flow = await app.createFlow({
      name: 'Later than the event',
      trigger: { source: 'clockify', events: ['SEEN_LATER'] },
      conditions: { field: 'payload.ok', operator: '==', value: true },
      steps: [write({})],
    });
    const [started, unmatched] = [await send('SEEN_LATER', { ok: true }), await send('SEEN_LATER', {})];
    await Promise.all([done(started), done(unmatched), settled(flow.id, 1)]);
    await request(app.url).post(`/flows/${flow.id}/disable`).expect(200);
    expect(flowsIn(await progressOf(early))).toEqual([{ name: 'flows', status: 'unknown', handledAt: null }]);
    expect(flowsIn(await progressOf(unmatched))).toEqual([
      { name: 'flows', status: 'unknown', handledAt: null },
    ]);
    expect(flowsIn(await progressOf(started))).toEqual([
      { name: 'flows', status: 'handled', handledAt: expect.any(String) },
    ]);
  });

  it('read a payload that is a list, and find nothing in it by name', async () => {
    const trigger = { source: 'clockify', events: ['TIME_ENTRY_BATCH_DELETED'] };
    const reading = await app.createFlow({
      name: 'Reads a list',
      trigger,
      conditions: { all: [{ field: 'payload[0].id', operator: '==', value: 'e1' }, '$count(payload) = 2'] },
      steps: [write({ last: '{{ payload[1].id }}' })],
    });
    const byName = await app.createFlow({
      name: 'Expects an object',
      trigger,
      conditions: { field: 'payload.id', operator: 'exists' },
      steps: [write({})],
    });
    const changing = await app.createFlow({
      name: 'Looks for a change',
      trigger,
      conditions: { field: 'payload.status', operator: 'changed_to', value: 'done' },
      steps: [write({})],
    });
    const id = await send('TIME_ENTRY_BATCH_DELETED', [{ id: 'e1' }, { id: 'e2' }]);
    const [run] = await settled(reading.id, 1);
    expect([run?.status, app.effects()]).toEqual(['succeeded', [{ last: 'e2' }]]);
    await until(async () => (await request(app.url).get(`/events/${id}`)).body.data.status === 'done');
    expect([await app.runsOf(byName.id), await app.runsOf(changing.id)]).toEqual([[], []]);
  });

  it('start the flows that wait for them, once each, and no others', async () => {
    const flow = await app.createFlow({
      name: 'New projects',
      trigger: { source: 'clockify', events: ['NEW_PROJECT'], workspace: 'w1' },
      conditions: {
        any: [{ field: 'payload.budget', operator: '>', value: 100 }, '$contains(payload.name, /vip/i)'],
      },
      steps: [write({ name: '{{ payload.name }}', by: '{{ event.type }}' })],
    });
    const off = await app.createFlow({
      name: 'Off',
      enabled: false,
      trigger: { events: ['NEW_PROJECT'] },
      steps: [write({})],
    });
    const byHand = await app.createFlow({ name: 'By hand', steps: [write({})] });
    const eventId = await send('NEW_PROJECT', { name: 'big', budget: 500 });
    await send('NEW_PROJECT', { name: 'small', budget: 5 });
    await send('NEW_PROJECT', { name: 'a VIP', budget: 5 });
    await send('NEW_PROJECT', { name: 'elsewhere', budget: 500 }, { workspaceId: 'w2' });
    await send('NEW_TASK', { name: 'other', budget: 500 });
    const runs = await settled(flow.id, 2);
    expect(runs.map((run) => run.status)).toEqual(['succeeded', 'succeeded']);
    expect(runs.map((run) => run.eventId)).toContain(eventId);
    expect(app.effects()).toHaveLength(2);
    expect(app.effects()).toContainEqual({ name: 'big', by: 'NEW_PROJECT' });
    expect(await app.runsOf(off.id)).toEqual([]);
    expect(await app.runsOf(byHand.id)).toEqual([]);
    const found = await request(app.url).get(`/flow-runs?eventId=${eventId}`).expect(200);
    expect(found.body.data.items).toHaveLength(1);
  });

  it('start a flow when a field changes to a value, not each time it has it', async () => {
    const flow = await app.createFlow({
      name: 'Approved',
      trigger: { events: ['UPDATED'] },
      conditions: [{ field: 'payload.status', operator: 'changed_to', value: 'APPROVED' }],
      steps: [write({ id: '{{ payload.id }}' })],
    });
    const states = [
      ['a', 'PENDING'],
      ['b', 'APPROVED'],
      ['a', 'APPROVED'],
      ['a', 'APPROVED'],
      ['a', 'PENDING'],
      ['a', 'APPROVED'],
    ] as const;
    for (const [id, status] of states) await send('UPDATED', { id, status }, { subjectId: id });
    await settled(flow.id, 3);
    await send('UPDATED', { id: 'c', status: 'APPROVED' }, { subjectId: 'c' });
    await settled(flow.id, 4);
    expect(
      app
        .effects()
        .map((e) => (e as { id: string }).id)
        .sort(),
    ).toEqual(['a', 'a', 'b', 'c']);
  });

  const eventOf = async (id: string) => (await request(app.url).get(`/events/${id}`).expect(200)).body.data;
  const handled = (id: string) =>
    until(async () => (await eventOf(id)).status === 'done', { what: () => `the handling of ${id}` });

  it('hold nothing up when a condition cannot be evaluated, and say so in a run that failed', async () => {
    const flow = await app.createFlow({
      name: 'Numbers only',
      trigger: { events: ['NEW_CLIENT'] },
      conditions: 'payload.n > 3',
      steps: [write({ n: '{{ payload.n }}' })],
    });
    const watching = await app.createFlow({
      name: 'Numbers that change',
      trigger: { events: ['NEW_CLIENT'] },
      conditions: [{ field: 'payload.s', operator: 'changed_to', value: 'on' }, 'payload.n > 3'],
      steps: [write({})],
    });
    const neighbour = await app.createFlow({
      name: 'Any client',
      trigger: { events: ['NEW_CLIENT', 'CLIENT_UPDATED'] },
      steps: [write({})],
    });
    const about = { subjectId: 'client' };
    const eventId = await send('NEW_CLIENT', { n: 'five', s: 'on' }, about);
    await handled(eventId);
    await handled(await send('CLIENT_UPDATED', {}, about));
    const [failed] = await app.runsOf(flow.id);
    expect(failed).toMatchObject({
      eventId,
      status: 'failed',
      error: { code: 'condition_error', message: expect.stringContaining('same data type') },
      stepCount: 0,
      finishedAt: expect.any(String),
    });
    expect(await app.runsOf(watching.id)).toMatchObject([{ error: { code: 'condition_error' } }]);
    expect(await settled(neighbour.id, 2)).toHaveLength(2);
    const metrics = await request(app.url).get('/metrics').expect(200);
    expect(metrics.text).toMatch(/flow_runs_total\{status="failed",origin="event"\} 2/);
    // What could not be decided is no run that stands still at a step.
    const retry = await request(app.url).post(`/flow-runs/${failed?.id}/retry`).send({}).expect(409);
    expect(retry.body.error.message).toContain(`/events/${eventId}/replay`);
    expect(app.effects()).toEqual([{}, {}]);
  });

  it('do not start a flow whose condition compares what is null', async () => {
    const flow = await app.createFlow({
      name: 'More than three',
      trigger: { events: ['NEW_TAG'] },
      conditions: 'payload.n > 3',
      steps: [write({})],
    });
    await handled(await send('NEW_TAG', { n: null }));
    await handled(await send('NEW_TAG', { n: 5 }));
    expect(await settled(flow.id, 1)).toMatchObject([{ status: 'succeeded' }]);
  });

  it('cannot hold up the flows by texts that are hard for a pattern', async () => {
    const trigger = { events: ['NEW_MEMBER'] };
    const hard = ['^(\\w+\\s?)*$', '(a+)+$', '(.*)*x'];
    const matching = await app.createFlow({
      name: 'Matches',
      trigger,
      conditions: { all: hard.map((value) => ({ field: 'payload.names', operator: 'matches', value })) },
      steps: [write({})],
    });
    const expressing = await app.createFlow({
      name: 'Says so itself',
      trigger,
      conditions: hard.map((pattern) => `$contains(payload.names, /${pattern}/)`).join(' and '),
      steps: [write({})],
    });
    const unrelated = await app.createFlow({
      name: 'Unrelated',
      trigger,
      conditions: '$count($map([1], function($x) { $x })) = 1',
      steps: [write({})],
    });
    const names = `${Array(10).fill('a'.repeat(35)).join(' ')}!`;
    const ids = await Promise.all(Array.from({ length: 20 }, () => send('NEW_MEMBER', { names })));
    for (const id of ids) await handled(id);
    expect(await settled(unrelated.id, 20)).toHaveLength(20);
    expect([await app.runsOf(matching.id), await app.runsOf(expressing.id)]).toEqual([[], []]);
    for (const id of ids) expect(await eventOf(id)).toMatchObject({ attempts: 0 });
  });

  it('come again where a condition was cut off: another try may go well', async () => {
    const flow = await app.createFlow({
      name: 'Endless',
      trigger: { events: ['NEW_TASK_RATE'] },
      conditions: '($f := function($n) { $f($n + 1) }; $f(1))',
      steps: [write({})],
    });
    const id = await send('NEW_TASK_RATE', {});
    await until(async () => (await eventOf(id)).status === 'retrying', { what: 'another try' });
    expect(await app.runsOf(flow.id)).toEqual([]);
    await request(app.url).delete(`/flows/${flow.id}`).expect(204);
  });

  it('do not let a flow start itself for ever by the webhooks of its own effects', async () => {
    const flow = await app.createFlow({
      name: 'Echo',
      trigger: { events: ['ECHO'] },
      steps: [write({ timeEntryId: '{{ payload.id }}' })],
    });
    app.sink.onExecute = async (_operation, params) => {
      await send('ECHO', { id: params['timeEntryId'] }, { subjectId: String(params['timeEntryId']) });
      return { id: params['timeEntryId'] };
    };
    await send('ECHO', { id: 'e1' }, { subjectId: 'e1' });
    await until(async () => (await app.runsOf(flow.id)).some((run) => run.status === 'blocked'), {
      what: 'a block',
    });
    const runs = await app.runsOf(flow.id);
    expect(app.sink.calls).toHaveLength(3);
    expect(runs.map((run) => run.status).sort()).toEqual(['blocked', 'succeeded', 'succeeded', 'succeeded']);
    expect(runs.find((run) => run.status === 'blocked')?.error?.code).toBe('loop');
  });

  it('can be tried on a flow without anything leaving', async () => {
    const from = new Date(Date.now() - 3_600_000).toISOString();
    await send('INVOICE', { id: 'i1', total: 5 });
    await send('INVOICE', { id: 'i2', total: 50 });
    const flow = await app.createFlow({
      name: 'Draft',
      enabled: false,
      trigger: { events: ['INVOICE'] },
      steps: [
        write({ invoice: '{{ payload.id }}' }),
        { wait: 'P1D' },
        { id: 'two', action: 'sink.strict', params: { n: '{{ steps.write.result.n }}' } },
      ],
    });
    const before = app.sink.calls.length;
    const test = (body: object) =>
      request(app.url)
        .post(`/flows/${flow.id}/backtest`)
        .send({ from, to: new Date(Date.now() + 1000).toISOString(), ...body })
        .expect(200);
    const all = (await test({ results: { write: { n: 7 } } })).body.data;
    expect(all).toMatchObject({ matched: 2, isCut: false });
    expect(all.runs[0]).toMatchObject({ status: 'succeeded', error: null });
    expect(all.runs[0].calls).toMatchObject([
      { step: 'write', action: 'sink.write', params: { invoice: 'i1' }, request: { method: 'POST' } },
      { step: 'two', params: { n: 7 } },
    ]);
    const refused = (await test({})).body.data.runs[0];
    expect(refused).toMatchObject({ status: 'failed', error: { code: 'validation_error', path: 'two' } });
    const draft = {
      name: 'Draft',
      trigger: { events: ['INVOICE'] },
      conditions: { field: 'payload.total', operator: '>', value: 10 },
      steps: [write({ a: 1 })],
    };
    expect((await test({ definition: draft })).body.data).toMatchObject({
      matched: 1,
      runs: [{ calls: [{ params: { a: 1 } }] }],
    });
    const odd = await send('INVOICE', { id: 'i3', total: 'much' });
    const tried = (await test({ definition: { ...draft, conditions: 'payload.total > 10' } })).body.data;
    expect(tried).toMatchObject({
      matched: 1,
      runs: [
        { status: 'succeeded' },
        { eventId: odd, status: 'failed', error: { code: 'condition_error' }, calls: [] },
      ],
    });
    await request(app.url).post(`/flows/${flow.id}/backtest`).send({ from: 'x', to: 'y' }).expect(400);
    expect(app.sink.calls.length).toBe(before);
    expect(await app.runsOf(flow.id)).toEqual([]);
  });
});
