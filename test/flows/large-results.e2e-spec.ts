import request from 'supertest';
import { IntegrationError } from '../../src/integrations/integration-error.js';
import { type FlowApp, startFlowApp } from './flow-app.js';

const ITEMS = 60;
const TOTAL = (ITEMS * (ITEMS - 1)) / 2;

describe('results that are longer together than one row may be', () => {
  let app: FlowApp;
  let broken: number | undefined;
  let chars = 20_000;
  beforeAll(async () => {
    app = await startFlowApp();
    app.sink.onExecute = async (_operation, params) => {
      const n = Number(params['n']);
      if (n === broken) throw new IntegrationError('validation_error', 'not now');
      return { id: `made-${n}`, n, text: 'x'.repeat(chars) };
    };
  });
  afterAll(() => app.close());
  beforeEach(() => void (app.sink.calls.length = 0));

  const items = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
  const loop = {
    id: 'each',
    for_each: '{{ payload.items }}',
    steps: [{ id: 'make', action: 'sink.write', params: { n: '{{ item }}' } }],
  };
  const sum = { id: 'sum', transform: '{{ $sum(steps.each.result.n) }}' };
  const after = { id: 'after', action: 'sink.write', params: { n: '{{ steps.sum.result }}' } };

  it('do not fail the loop that had them, and are whole for the steps behind it', async () => {
    const flow = await app.createFlow({ name: 'Many', steps: [loop, sum] });
    const run = await app.run(flow.id, { items: items(ITEMS) });
    expect(run).toMatchObject({ status: 'succeeded', error: null, result: TOTAL });
    expect(app.sink.calls).toHaveLength(ITEMS);
    const row = run.steps.find(({ path }) => path === 'each');
    expect(row).toMatchObject({ status: 'succeeded', output: { isTooLarge: true, items: ITEMS } });
    expect(run.steps.find(({ path }) => path === `each[${ITEMS - 1}].make`)?.output).toMatchObject({
      n: ITEMS - 1,
    });
  });

  it('are put together again, and nothing is done again, when the run goes on later', async () => {
    broken = TOTAL;
    const flow = await app.createFlow({
      name: 'Interrupted',
      steps: [loop, sum, after, { ...sum, id: 'again' }],
    });
    const run = await app.run(flow.id, { items: items(ITEMS) });
    expect(run.error).toMatchObject({ path: 'after' });
    broken = undefined;
    app.sink.calls.length = 0;
    await request(app.url).post(`/flow-runs/${run.id}/retry`).send({}).expect(202);
    expect(await app.over(run.id)).toMatchObject({ status: 'succeeded', result: TOTAL });
    expect(app.effects()).toEqual([{ n: TOTAL }]);
  });

  it('are told in outline where they are the result of the run', async () => {
    const called = await app.createFlow({ name: 'Called', steps: [loop] });
    expect(await app.run(called.id, { items: items(ITEMS) })).toMatchObject({
      status: 'succeeded',
      result: { isTooLarge: true, items: ITEMS },
    });
    const caller = await app.createFlow({
      name: 'Caller',
      steps: [{ id: 'call', call_flow: 'Called', input: { items: '{{ payload.items }}' } }],
    });
    expect(await app.run(caller.id, { items: items(ITEMS) })).toMatchObject({ status: 'succeeded' });
  });

  it('are outlines with their ids beyond what a run can carry', async () => {
    chars = 100_000;
    const flow = await app.createFlow({
      name: 'Very many',
      steps: [
        loop,
        { id: 'ids', transform: '{{ $count(steps.each.result.id) }}' },
        { id: 'whole', transform: '{{ $count(steps.each.result.text) }}' },
      ],
    });
    const run = await app.run(flow.id, { items: items(ITEMS) });
    expect(run.steps.find(({ path }) => path === 'ids')?.output).toBe(ITEMS);
    expect(run.result).toBe(39);
  });
});
