import request from 'supertest';
import { newId } from '../../src/clock/new-id.js';
import { EventInbox } from '../../src/events/inbox/event-inbox.js';
import { CUT_OFFS_MAX } from '../../src/flows/start/flow-pauses.js';
import { until } from '../support/until.js';
import { type FlowApp, startFlowApp } from './flow-app.js';

const ENDLESS = '($f := function($n) { $f($n + 1) }; $f(1))';

describe('a flow whose expressions are cut off again and again', () => {
  let app: FlowApp;
  beforeAll(async () => {
    app = await startFlowApp({ env: { FLOW_EXPRESSION_TIMEOUT_MS: '50', LOG_LEVEL: 'warn' } });
  });
  afterAll(() => app.close());

  const send = async (payload: object) =>
    (
      await app.app.get(EventInbox).receive(
        {
          source: 'clockify',
          type: 'COSTLY',
          isTypeInferred: false,
          workspaceId: 'w1',
          userId: null,
          subjectId: null,
          payload,
          headers: {},
          changes: [],
          repeatKey: { kind: 'id', id: newId() },
          requestId: newId(),
        },
        100,
      )
    ).eventId;
  const flowOf = async (id: string) => (await request(app.url).get(`/flows/${id}`).expect(200)).body.data;
  const done = (id: string) =>
    until(async () => (await request(app.url).get(`/events/${id}`)).body.data.status === 'done');

  it('is paused and shown until somebody saves or enables it, and no event is lost meanwhile', async () => {
    const document = {
      name: 'Costly',
      trigger: { events: ['COSTLY'] },
      steps: [{ action: 'sink.write', params: { n: '{{ payload.n }}' } }],
    };
    const flow = await app.createFlow({ ...document, conditions: `payload.n > 0 and ${ENDLESS}` });
    const neighbour = await app.createFlow({ ...document, name: 'Neighbour' });
    // Up to there it may have been a large event or a busy machine.
    for (let n = 1; n < CUT_OFFS_MAX; n++) await app.run(neighbour.id, {});
    expect((await flowOf(flow.id)).paused).toBeUndefined();
    const ids: string[] = [];
    for (let n = 1; n <= CUT_OFFS_MAX; n++) ids.push(await send({ n }));
    const { paused } = await until(async () => {
      const seen = await flowOf(flow.id);
      return seen.paused ? seen : undefined;
    });
    expect(paused).toEqual({ at: expect.any(String), reason: expect.stringContaining('longer than 50 ms') });
    const metrics = await request(app.url).get('/metrics').expect(200);
    expect(metrics.text).toMatch(/flow_pauses_total 1\b/);
    const isSaid = ({ flow: id, message }: Record<string, unknown>) =>
      id === flow.id && String(message).startsWith('A flow was paused');
    await until(() => app.logs.some(isSaid), { what: 'the log to say so' });

    const late = await send({ n: 99 });
    await done(late);
    const [run] = await app.runsOf(flow.id);
    expect(run).toMatchObject({ eventId: late, status: 'failed', error: { code: 'flow_paused' } });
    await request(app.url).post(`/flow-runs/${run?.id}/retry`).send({}).expect(409);
    expect((await app.runsOf(neighbour.id)).length).toBeGreaterThan(CUT_OFFS_MAX);

    const mended = { ...document, conditions: 'payload.n > 0' };
    const saved = await request(app.url).put(`/flows/${flow.id}`).send(mended).expect(200);
    expect(saved.body.data.paused).toBeUndefined();
    await request(app.url).post(`/events/${late}/replay`).send({}).expect(200);
    await until(async () => (await app.runsOf(flow.id)).some(({ status }) => status === 'succeeded'));
  });

  it('goes on when it is enabled again', async () => {
    const flow = await app.createFlow({
      name: 'By hand',
      steps: [{ transform: `{{ ${ENDLESS} }}` }],
    });
    for (let n = 0; n < CUT_OFFS_MAX; n++) {
      expect((await flowOf(flow.id)).paused).toBeUndefined();
      expect((await app.run(flow.id, {})).error?.message).toContain('longer than 50 ms');
    }
    await until(async () => (await flowOf(flow.id)).paused !== undefined);
    const enabled = await request(app.url).post(`/flows/${flow.id}/enable`).expect(200);
    expect(enabled.body.data.paused).toBeUndefined();
  });
});
