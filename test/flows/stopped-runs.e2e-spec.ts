// oxlint-disable unicorn/no-thenable -- `then` is a list in flow documents
import request from 'supertest';
import { type FlowApp, startFlowApp } from './flow-app.js';

const pay = { id: 'pay', action: 'sink.write', params: { n: 'paid' } };
const stop = { id: 'enough', stop: { status: 'failed', message: 'too much' } };

describe('a stop that ended a run', () => {
  let app: FlowApp;
  beforeAll(async () => {
    app = await startFlowApp();
  });
  afterAll(() => app.close());
  beforeEach(() => void (app.sink.calls.length = 0));

  const retry = (runId: string) => request(app.url).post(`/flow-runs/${runId}/retry`).send({});

  it.each([
    ['at the top', [stop, pay], 'enough'],
    ['in a branch', [{ id: 'check', if: 'payload.amount > 100', then: [stop] }, pay], 'check.enough'],
    ['in a loop', [{ id: 'each', for_each: [1, 2], steps: [stop, pay] }], 'each[0].enough'],
  ])('is not passed by a retry: %s', async (_where, steps, path) => {
    const flow = await app.createFlow({ name: 'Payer', steps });
    const run = await app.run(flow.id, { amount: 101 });
    expect(run).toMatchObject({ status: 'failed', error: { code: 'stopped', path } });
    const answer = await retry(run.id).expect(409);
    expect(answer.body.error).toMatchObject({ code: 'conflict', message: expect.stringContaining(path) });
    expect(await app.look(run.id)).toMatchObject({ status: 'failed', error: run.error });
    expect(app.effects()).toEqual([]);
  });

  it('stops the run again when it was sent round by a release that did not refuse it', async () => {
    const flow = await app.createFlow({ name: 'Sent round', steps: [stop, pay] });
    const run = await app.run(flow.id, {});
    await app.engine.pool.query(
      `update clankerbot.flow_runs set status = 'queued', ready_at = now(), error = null, finished_at = null where id = $1`,
      [run.id],
    );
    expect(await app.over(run.id)).toMatchObject({ status: 'failed', error: { code: 'stopped' } });
    expect(app.effects()).toEqual([]);
  });

  it('lets the caller of that flow try the call anew', async () => {
    await app.createFlow({
      name: 'Gate',
      steps: [{ if: 'payload.amount > 100', then: [stop] }, { transform: 'passed' }],
    });
    const caller = await app.createFlow({
      name: 'Asks',
      steps: [{ id: 'call', call_flow: 'Gate', input: { amount: '{{ payload.amount }}' } }, pay],
    });
    const run = await app.run(caller.id, { amount: 101 });
    expect(run.error).toMatchObject({ code: 'stopped', path: 'call' });
    await retry(run.id).expect(202);
    expect(await app.over(run.id)).toMatchObject({ status: 'failed', error: { path: 'call' } });
    expect(app.effects()).toEqual([]);
  });
});
