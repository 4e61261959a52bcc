import request from 'supertest';
import { IntegrationError } from '../../src/integrations/integration-error.js';
import { until } from '../support/until.js';
import { type FlowApp, type RunView, startFlowApp } from './flow-app.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Every flow here may work for a minute. */
const limits = { runTime: 'PT1M' };
const write = (id: string, rest: object = {}) => ({ id, action: 'sink.write', params: { n: id }, ...rest });

describe('the time that a run may take', () => {
  let app: FlowApp;
  beforeAll(async () => {
    app = await startFlowApp();
  });
  afterAll(() => app.close());
  beforeEach(() => {
    app.sink.calls.length = 0;
    app.sink.onExecute = async () => ({});
  });

  async function start(document: object): Promise<string> {
    const flow = await app.createFlow({ limits, ...document });
    const response = await request(app.url).post(`/flows/${flow.id}/run`).send({}).expect(202);
    return response.body.data.run.id as string;
  }

  const untilItWaits = async (runId: string): Promise<void> => {
    await until(async () => (await app.look(runId)).status === 'waiting', { what: 'the run to wait' });
  };

  it('does not count what is waited for, nor how much later somebody is there to go on', async () => {
    const runId = await start({ name: 'Outage', steps: [{ wait: 'PT1H' }, write('after')] });
    await untilItWaits(runId);
    app.clock.forward(30 * HOUR_MS);
    expect(await app.over(runId)).toMatchObject({ status: 'succeeded', error: null });
  });

  it('does not count the time in which a called run works or waits', async () => {
    await app.createFlow({ name: 'Called', steps: [{ wait: 'PT2H' }, { transform: 'done' }] });
    const runId = await start({ name: 'Caller', steps: [{ id: 'call', call_flow: 'Called' }] });
    await until(
      async () => {
        const { body } = await request(app.url).get('/flow-runs?status=waiting').expect(200);
        return (body.data.items as RunView[]).some((run) => run.parentRunId === runId);
      },
      { what: 'the called run to wait' },
    );
    app.clock.forward(2 * HOUR_MS);
    expect(await app.over(runId)).toMatchObject({ status: 'succeeded', result: 'done' });
  });

  it('does not count what lies between attempts, and does not hide why they failed', async () => {
    app.sink.onExecute = async () => {
      throw new IntegrationError('upstream_error', 'not now');
    };
    const retry = { attempts: 3, delay: 'PT30M', maxDelay: 'PT1H' };
    const runId = await start({ name: 'Stubborn', steps: [write('it', { retry })] });
    for (const attempt of [1, 2]) {
      await until(() => app.sink.calls.length === attempt, { what: `attempt ${attempt}` });
      await untilItWaits(runId);
      app.clock.forward(2 * HOUR_MS);
    }
    const run = await app.over(runId);
    expect(run).toMatchObject({ status: 'failed', error: { code: 'upstream_error' } });
    expect(app.sink.calls).toHaveLength(3);
  });

  it('counts what was worked before a wait together with what is worked after it', async () => {
    app.sink.onExecute = async () => {
      app.clock.forward(MINUTE_MS * 0.7);
      return {};
    };
    const steps = [write('before'), { wait: 'PT1H' }, write('after'), write('never')];
    const runId = await start({ name: 'Slow', steps });
    await untilItWaits(runId);
    app.clock.forward(HOUR_MS);
    const run = await app.over(runId);
    expect(run).toMatchObject({ status: 'failed', error: { code: 'limit_reached', path: 'never' } });
    expect(app.effects()).toEqual([{ n: 'before' }, { n: 'after' }]);
  });

  it('is given anew when a person has the run tried again', async () => {
    app.sink.onExecute = async () => {
      app.clock.forward(2 * MINUTE_MS);
      return {};
    };
    const runId = await start({ name: 'Again', steps: [write('first'), write('second')] });
    expect((await app.over(runId)).error).toMatchObject({ code: 'limit_reached' });
    await request(app.url).post(`/flow-runs/${runId}/retry`).send({}).expect(202);
    expect((await app.over(runId)).status).toBe('succeeded');
  });

  it('leaves the release before a deadline that it can work with, while the run waits', async () => {
    const retry = { attempts: 2, delay: 'PT30M', maxDelay: 'PT1H' };
    app.sink.onExecute = async () => {
      throw new IntegrationError('upstream_error', 'not now');
    };
    const runId = await start({ name: 'Two releases', steps: [write('it', { retry })] });
    await untilItWaits(runId);
    const { rows } = await app.engine.pool.query<{ rest: number }>(
      `select extract(epoch from deadline_at - ready_at)::float as rest from clankerbot.flow_runs where id = $1`,
      [runId],
    );
    expect(rows[0]?.rest).toBeGreaterThan(30);
    expect(rows[0]?.rest).toBeLessThanOrEqual(60);
  });
});
