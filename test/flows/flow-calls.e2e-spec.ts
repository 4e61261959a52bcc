import request from 'supertest';
import { newId } from '../../src/clock/new-id.js';
import type { FlowDefinition } from '../../src/flows/document/flow-definition.js';
import { FlowWorkRepository } from '../../src/flows/execution/flow-work.repository.js';
import { newRun } from '../../src/flows/runs/new-run.js';
import { IntegrationError } from '../../src/integrations/integration-error.js';
import { describeOnPostgres } from '../support/database.js';
import { until } from '../support/until.js';
import { type FlowApp, type RunView, startFlowApp } from './flow-app.js';

const TEN_MINUTES_MS = 600_000;

const startRun = async (app: FlowApp, flowId: string): Promise<string> => {
  const response = await request(app.url).post(`/flows/${flowId}/run`).send({}).expect(202);
  return response.body.data.run.id as string;
};

const calledBy = async (app: FlowApp, parentId: string): Promise<RunView[]> => {
  const { body } = await request(app.url).get('/flow-runs?limit=200').expect(200);
  return (body.data.items as RunView[]).filter((run) => run.parentRunId === parentId);
};

describe('a step that calls a flow', () => {
  let app: FlowApp;
  beforeAll(async () => {
    app = await startFlowApp();
  });
  afterAll(() => app.close());
  beforeEach(() => {
    app.sink.calls.length = 0;
  });

  const writer = (n: string) => ({ id: 'write', action: 'sink.write', params: { n } });
  const change = (id: string, fields: object) =>
    request(app.url).patch(`/flows/${id}`).send(fields).expect(200);

  it.each([
    ['is renamed', (id: string, name: string) => change(id, { name: `${name}, once` })],
    [
      'is renamed and another takes its name',
      async (id: string, name: string) => {
        await change(id, { name: `${name}, once` });
        await app.createFlow({ name, steps: [writer('another')] });
      },
    ],
    [
      'gets a namesake',
      (_id: string, name: string) => app.createFlow({ name, enabled: false, steps: [writer('namesake')] }),
    ],
    ['is deleted', (id: string) => request(app.url).delete(`/flows/${id}`).expect(204)],
  ])('waits for the run that it started, and starts no other, when the flow %s', async (_what, happens) => {
    const name = `Called ${newId()}`;
    const called = await app.createFlow({ name, steps: [{ wait: 'PT10M' }, writer('called')] });
    const caller = await app.createFlow({ name: 'Caller', steps: [{ id: 'call', call_flow: name }] });
    const runId = await startRun(app, caller.id);
    await until(async () => (await calledBy(app, runId))[0]?.status === 'waiting', { what: 'the call' });
    await happens(called.id, name);
    app.clock.forward(TEN_MINUTES_MS);
    expect(await app.over(runId)).toMatchObject({ status: 'succeeded', result: { id: 'made-called' } });
    expect(app.effects()).toEqual([{ n: 'called' }]);
    expect(await calledBy(app, runId)).toHaveLength(1);
  });

  it('takes what the run came to that was retried by itself, and calls anew where it is still failed', async () => {
    let isBroken = true;
    app.sink.onExecute = async (_operation, params) => {
      if (isBroken && params['n'] === 'second') throw new IntegrationError('validation_error', 'no');
      return { id: params['n'] };
    };
    const steps = [writer('first'), { ...writer('second'), id: 'again' }];
    await app.createFlow({ name: 'Mended', steps });
    const caller = await app.createFlow({ name: 'Patient', steps: [{ id: 'call', call_flow: 'Mended' }] });
    const failed = await app.run(caller.id, {});
    expect(failed).toMatchObject({ status: 'failed', error: { path: 'call' } });
    const retry = (id: string) => request(app.url).post(`/flow-runs/${id}/retry`).send({}).expect(202);

    await retry(failed.id);
    expect(await app.over(failed.id)).toMatchObject({ status: 'failed' });
    const [second, first, ...others] = await calledBy(app, failed.id);
    expect(others).toEqual([]);
    expect(first?.id).not.toBe(second?.id);

    isBroken = false;
    await retry(second!.id);
    expect((await app.over(second!.id)).status).toBe('succeeded');
    await retry(failed.id);
    expect(await app.over(failed.id)).toMatchObject({ status: 'succeeded', result: { id: 'second' } });
    expect(await calledBy(app, failed.id)).toHaveLength(2);
  });
});

describe('the end of a called run wakes its caller', () => {
  let app: FlowApp;
  beforeAll(async () => {
    app = await startFlowApp({ env: { FLOW_LEASE_SECONDS: '2' } });
  });
  afterAll(() => app.close());

  it.each([
    ['is cancelled', (id: string) => request(app.url).post(`/flow-runs/${id}/cancel`).send({}).expect(200)],
    [
      'is given up',
      (id: string) =>
        app.engine.pool.query(
          `update clankerbot.flow_runs set status = 'running', lease_owner = 'dead', rescues = 10,
            lease_until = now() - interval '1 second' where id = $1`,
          [id],
        ),
    ],
  ])('when it %s: the caller does not sleep until it would look for itself', async (what, ends) => {
    await app.createFlow({ name: what, steps: [{ wait: 'P1D' }] });
    const caller = await app.createFlow({
      name: `Its call ${what}`,
      steps: [{ id: 'call', call_flow: what, continueOnError: true }, { transform: 'went on' }],
    });
    const runId = await startRun(app, caller.id);
    await until(async () => (await calledBy(app, runId))[0]?.status === 'waiting', { what: 'the call' });
    const asleep = (await app.look(runId)) as RunView & { waitsUntil: string };
    await ends((await calledBy(app, runId))[0]!.id);
    const run = (await app.over(runId)) as RunView & { finishedAt: string };
    expect(run).toMatchObject({ status: 'succeeded', result: 'went on' });
    expect(Date.parse(run.finishedAt)).toBeLessThan(Date.parse(asleep.waitsUntil));
  });
});

describeOnPostgres('two processes with one calling run', () => {
  let app: FlowApp;
  beforeAll(async () => {
    app = await startFlowApp({ env: { PROCESS_ROLE: 'web' } });
  });
  afterAll(() => app.close());

  it('call one flow: what the first writes in the moment in which it loses the run does not count', async () => {
    const called = await app.createFlow({ name: 'Called', steps: [{ transform: 1 }] });
    const caller = await app.createFlow({ name: 'Caller', steps: [{ id: 'call', call_flow: 'Called' }] });
    const runId = await startRun(app, caller.id);
    const repository = app.app.get(FlowWorkRepository, { strict: false });
    const now = app.clock.now();
    const rows = await repository.claim({
      owner: 'first',
      now,
      limit: 1,
      leaseSeconds: 60,
      perWorkspace: 10,
    });
    expect(rows.map((row) => row.id)).toEqual([runId]);

    const rival = await app.engine.pool.connect();
    await rival.query('begin');
    await rival.query(`update clankerbot.flow_runs set lease_owner = 'second' where id = $1`, [runId]);
    const writing = repository.journal(
      'first',
      [{ claim: { runId, number: 1 }, steps: [], effects: [], ...sleepOf(runId) }],
      now,
    );
    await until(
      async () =>
        (
          await app.engine.pool.query(
            `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
          )
        ).rows.length > 0,
      {
        what: 'the first to wait for the row',
      },
    );
    await rival.query('commit');
    rival.release();
    expect(await writing).toEqual([{ isOurs: false, isCancelRequested: false }]);
    expect(await calledBy(app, runId)).toEqual([]);

    function sleepOf(id: string) {
      const change = { status: 'waiting' as const, readyAt: now, deadlineAt: null, stepCount: 1 };
      const child = newRun({
        flow: { id: called.id, version: 1, definition: { limits: {} } as FlowDefinition },
        origin: 'call',
        key: `call:${id}:call:1`,
        input: { event: null, payload: null },
        createdBy: 'test',
        requestId: 'test',
        at: now,
        defaultConcurrency: 1,
        parent: { runId: id, path: 'call', callDepth: 0, chain: [] },
      });
      return { change, child };
    }
  });
});
