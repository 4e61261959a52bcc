// oxlint-disable unicorn/no-thenable -- `then` is a list in flow documents
import request from 'supertest';
import { IntegrationError } from '../../src/integrations/integration-error.js';
import { type FlowApp, startFlowApp } from './flow-app.js';
import { until } from '../support/until.js';

describe('a flow run', () => {
  let app: FlowApp;
  beforeAll(async () => {
    app = await startFlowApp({ env: { FLOW_MAX_CALL_DEPTH: '3' } });
  });
  afterAll(() => app.close());
  beforeEach(() => {
    app.sink.calls.length = 0;
    app.sink.onExecute = async (_operation, params) => ({
      id: `made-${String(params['n'] ?? '')}`,
      got: params,
    });
  });
  const write = (id: string, params: object, rest: object = {}) => ({
    id,
    action: 'sink.write',
    params,
    ...rest,
  });

  it('takes its steps in order, with typed results between them', async () => {
    const flow = await app.createFlow({
      name: 'In order',
      steps: [
        write('first', { n: '{{ payload.n }}', tags: '{{ payload.tags }}' }),
        {
          id: 'sum',
          transform: { total: '{{ steps.first.result.got.n + 1 }}', id: '{{ steps.first.result.id }}' },
        },
        write('second', { total: '{{ steps.sum.result.total }}', text: 'made {{ steps.sum.result.id }}' }),
      ],
    });
    const run = await app.run(flow.id, { n: 41, tags: ['a'] });
    expect(run).toMatchObject({ status: 'succeeded', error: null });
    expect(app.effects()).toEqual([
      { n: 41, tags: ['a'] },
      { total: 42, text: 'made made-41' },
    ]);
    expect(run.steps.map((s) => [s.path, s.status, s.attempts])).toEqual([
      ['first', 'succeeded', 1],
      ['sum', 'succeeded', 1],
      ['second', 'succeeded', 1],
    ]);
  });

  it('takes one branch, loops over a list, and stops where it says', async () => {
    const flow = await app.createFlow({
      name: 'Control',
      steps: [
        {
          id: 'many',
          if: { field: 'payload.items', operator: 'exists' },
          then: [
            {
              id: 'each',
              for_each: '{{ payload.items }}',
              as: 'one',
              steps: [write('add', { n: '{{ one.v }}', at: '{{ index }}' })],
            },
          ],
          else: [{ stop: { status: 'failed', message: 'nothing in {{ payload.name }}' } }],
        },
        { id: 'after', transform: '{{ steps.each.result.id }}' },
        { stop: true },
        write('never', {}),
      ],
    });
    const run = await app.run(flow.id, { items: [{ v: 7 }, { v: 8 }] });
    expect(run.status).toBe('succeeded');
    expect(app.effects()).toEqual([
      { n: 7, at: 0 },
      { n: 8, at: 1 },
    ]);
    expect(run.steps.find((s) => s.path === 'after')?.output).toEqual(['made-7', 'made-8']);
    expect(run.steps.map((s) => s.path)).toContain('many.each[1].add');

    const stopped = await app.run(flow.id, { name: 'this' });
    expect(stopped).toMatchObject({
      status: 'failed',
      error: { code: 'stopped', message: 'nothing in this' },
    });
  });

  it('waits durably, for days', async () => {
    const flow = await app.createFlow({
      name: 'Patience',
      steps: [write('before', { n: 1 }), { id: 'pause', wait: 'P3D' }, write('after', { n: 2 })],
      limits: { runTime: 'PT1M' },
    });
    const response = await request(app.url).post(`/flows/${flow.id}/run`).send({}).expect(202);
    const id = response.body.data.run.id as string;
    await until(async () => (await app.look(id)).status === 'waiting', { what: 'the wait' });
    expect(app.effects()).toEqual([{ n: 1 }]);
    app.clock.forward(3 * 86_400_000);
    expect((await app.over(id)).status).toBe('succeeded');
    expect(app.effects()).toEqual([{ n: 1 }, { n: 2 }]);
  });

  it('tries again what may work later, and goes on where the flow says so', async () => {
    let failures = 2;
    app.sink.onExecute = async (_operation, params) => {
      if (params['n'] === 1 && failures-- > 0) throw new IntegrationError('upstream_error', 'not now');
      if (params['n'] === 2) throw new IntegrationError('validation_error', 'never');
      return { ok: params['n'] };
    };
    const flow = await app.createFlow({
      name: 'Stubborn',
      steps: [
        write('again', { n: 1 }, { retry: { attempts: 3, delay: 'PT0.1S' } }),
        write('optional', { n: 2 }, { continueOnError: true }),
        write('last', { n: 3, why: '{{ steps.optional.error.code }}' }),
      ],
    });
    const run = await app.run(flow.id, {});
    expect(run.status).toBe('succeeded');
    expect(run.steps.map((s) => [s.path, s.status, s.attempts])).toEqual([
      ['again', 'succeeded', 3],
      ['optional', 'failed', 1],
      ['last', 'succeeded', 1],
    ]);
    expect(app.effects().at(-1)).toEqual({ n: 3, why: 'validation_error' });
  });

  it('never repeats a write that may have had its effect, but repeats a read', async () => {
    app.sink.onExecute = async () => {
      throw new IntegrationError('upstream_error', 'the answer was lost', { outcome: 'unknown' });
    };
    const retry = { attempts: 3, delay: 'PT0.05S' };
    const writes = await app.createFlow({ name: 'w', steps: [write('w', {}, { retry })] });
    expect((await app.run(writes.id, {})).error).toMatchObject({ code: 'upstream_error', path: 'w' });
    expect(app.sink.calls).toHaveLength(1);
    const reads = await app.createFlow({ name: 'r', steps: [{ action: 'sink.read', retry }] });
    await app.run(reads.id, {});
    expect(app.sink.calls).toHaveLength(4);
  });

  it('continues a failed run at the failed step, without repeating what was done', async () => {
    let isBroken = true;
    app.sink.onExecute = async (_operation, params) => {
      if (params['n'] === 2 && isBroken) throw new IntegrationError('validation_error', 'no');
      return { n: params['n'] };
    };
    const flow = await app.createFlow({
      name: 'Mended',
      steps: [
        write('one', { n: 1 }),
        { id: 'both', for_each: [2, 3], steps: [write('each', { n: '{{ item }}' })] },
        write('end', { n: 4 }),
      ],
    });
    const failed = await app.run(flow.id, {});
    expect(failed.error).toMatchObject({ path: 'both[0].each' });
    isBroken = false;
    await request(app.url).post(`/flow-runs/${failed.id}/retry`).send({}).expect(202);
    expect((await app.over(failed.id)).status).toBe('succeeded');
    expect(app.effects()).toEqual([{ n: 1 }, { n: 2 }, { n: 2 }, { n: 3 }, { n: 4 }]);
    await request(app.url).post(`/flow-runs/${failed.id}/retry`).send({}).expect(409);
  });

  it('has started when it first did, also after a retry, and has taken as long as from there to its end', async () => {
    let isBroken = true;
    app.sink.onExecute = async () => {
      if (isBroken) throw new IntegrationError('validation_error', 'no');
      return {};
    };
    const flow = await app.createFlow({ name: 'Since when', steps: [write('one', {})] });
    type Times = { startedAt: string; finishedAt: string; durationMs: number };
    const failed = (await app.run(flow.id, {})) as unknown as Times & { id: string };
    isBroken = false;
    app.clock.forward(60_000);
    const response = await request(app.url).post(`/flow-runs/${failed.id}/retry`).send({}).expect(202);
    expect(response.body.data).toMatchObject({ startedAt: failed.startedAt, finishedAt: null });
    const again = (await app.over(failed.id)) as unknown as Times;
    expect(again.startedAt).toBe(failed.startedAt);
    expect(again.durationMs).toBe(Date.parse(again.finishedAt) - Date.parse(failed.startedAt));
    expect(again.durationMs).toBeGreaterThanOrEqual(60_000);
  });

  it('replays as a new run, each time it is asked to', async () => {
    const flow = await app.createFlow({ name: 'Again', steps: [write('it', { n: '{{ payload.n }}' })] });
    const first = await app.run(flow.id, { n: 5 });
    await request(app.url)
      .put(`/flows/${flow.id}`)
      .send({ name: 'Again', steps: [write('it', { n: 'new' })] })
      .expect(200);
    for (const [version, n] of [
      ['same', 5],
      ['current', 'new'],
      ['same', 5],
    ] as const) {
      const response = await request(app.url)
        .post(`/flow-runs/${first.id}/replay`)
        .send({ version })
        .expect(202);
      expect(response.body.data).toMatchObject({ origin: 'replay', replayOf: first.id });
      expect((await app.over(response.body.data.id as string)).status).toBe('succeeded');
      expect(app.effects().at(-1)).toEqual({ n });
    }
    expect(app.sink.calls).toHaveLength(4);
  });

  it('can be replayed as it was, and its version looked at, after its flow was deleted', async () => {
    const steps = [write('it', { n: '{{ payload.n }}' })];
    const flow = await app.createFlow({ name: 'Bygone', steps });
    const first = await app.run(flow.id, { n: 9 });
    await request(app.url).delete(`/flows/${flow.id}`).expect(204);
    const replay = (version: string) =>
      request(app.url).post(`/flow-runs/${first.id}/replay`).send({ version });
    await replay('current').expect(404);
    const replayed = await replay('same').expect(202);
    expect((await app.over(replayed.body.data.id as string)).status).toBe('succeeded');
    expect(app.effects()).toEqual([{ n: 9 }, { n: 9 }]);

    const versions = await request(app.url).get(`/flows/${flow.id}/versions`).expect(200);
    expect(versions.body.data.items).toMatchObject([{ version: 1 }]);
    const document = await request(app.url).get(`/flows/${flow.id}?version=1`).expect(200);
    expect(document.body.data).toMatchObject({ name: 'Bygone', version: 1 });
    await request(app.url).get(`/flows/${flow.id}`).expect(404);
    await request(app.url).get('/flows/UNKNOWN/versions').expect(404);
    await request(app.url).get('/flows/UNKNOWN?version=1').expect(404);
  });

  it('starts one run for one Idempotency-Key', async () => {
    const flow = await app.createFlow({ name: 'Once', steps: [write('it', {})] });
    const ids = await Promise.all(
      [1, 2, 3].map(async () => {
        const response = await request(app.url)
          .post(`/flows/${flow.id}/run`)
          .set('Idempotency-Key', 'k1')
          .send({})
          .expect(202);
        return response.body.data.run.id as string;
      }),
    );
    expect(new Set(ids).size).toBe(1);
    await app.over(ids[0]!);
    expect(app.sink.calls).toHaveLength(1);
  });

  it('calls another flow, waits for its result, and fails with it', async () => {
    await app.createFlow({
      name: 'Callee',
      steps: [
        { if: 'payload.bad', then: [{ stop: { status: 'failed', message: 'as asked' } }], else: [] },
        write('inner', { n: '{{ payload.n }}' }),
        { transform: { doubled: '{{ payload.n * 2 }}' } },
      ],
    });
    const flow = await app.createFlow({
      name: 'Caller',
      steps: [
        { id: 'call', call_flow: 'Callee', input: { n: '{{ payload.n }}', bad: '{{ payload.bad }}' } },
        write('outer', { n: '{{ steps.call.result.doubled }}' }),
      ],
    });
    const run = await app.run(flow.id, { n: 4 });
    expect(run.status).toBe('succeeded');
    expect(app.effects()).toEqual([{ n: 4 }, { n: 8 }]);
    const failed = await app.run(flow.id, { n: 4, bad: true });
    expect(failed.error).toMatchObject({ code: 'stopped', message: 'as asked', path: 'call' });
  });

  it('ends calls that go too deep', async () => {
    const flow = await app.createFlow({ name: 'Endless', steps: [{ id: 'self', call_flow: 'Endless' }] });
    expect((await app.run(flow.id, {})).error?.message).toContain('deeper than 3');
  });

  it('keeps its limits', async () => {
    const steps = [{ id: 'l', for_each: '{{ payload.items }}', steps: [{ transform: 1 }] }];
    const few = await app.createFlow({ name: 'Few', steps, limits: { steps: 4 } });
    expect((await app.run(few.id, { items: [1, 2] })).status).toBe('succeeded');
    expect((await app.run(few.id, { items: [1, 2, 3, 4] })).error).toMatchObject({ code: 'limit_reached' });
    const long = await app.createFlow({ name: 'Long list', steps: [{ ...steps[0], max: 2 }] });
    expect((await app.run(long.id, { items: [1, 2, 3] })).error?.message).toContain('3 items');
    const slow = await app.createFlow({
      name: 'Slow',
      steps: [write('a', {}), write('b', {})],
      limits: { runTime: 'PT2S' },
    });
    app.sink.onExecute = async () => {
      app.clock.forward(5000);
      return {};
    };
    expect((await app.run(slow.id, {})).error?.message).toContain('too long');
  });

  it('refuses an answer that is too large to keep, but not an effect that has happened', async () => {
    app.sink.onExecute = async () => ({ id: 'big', text: 'x'.repeat(2_000_000) });
    const reads = await app.createFlow({ name: 'Reads much', steps: [{ id: 'r', action: 'sink.read' }] });
    expect((await app.run(reads.id, {})).error).toMatchObject({ code: 'limit_reached', path: 'r' });
    const writes = await app.createFlow({ name: 'Writes much', steps: [write('w', {})] });
    expect(await app.run(writes.id, {})).toMatchObject({
      status: 'succeeded',
      result: { id: 'big', isTooLarge: true },
    });
  });

  it('gives up a step that takes longer than its time-out', async () => {
    app.sink.onExecute = (_operation, _params, { signal }) =>
      new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () =>
          reject(
            new IntegrationError('upstream_error', 'took too long', { outcome: 'unknown', status: 504 }),
          ),
        );
      });
    const flow = await app.createFlow({ name: 'Hung', steps: [write('hang', {}, { timeout: 'PT0.2S' })] });
    expect((await app.run(flow.id, {})).error).toMatchObject({ code: 'upstream_error', path: 'hang' });
  });

  it('fails with the step named when an expression cannot be evaluated', async () => {
    const flow = await app.createFlow({
      name: 'Bad sum',
      steps: [{ id: 'sum', transform: '{{ payload.a * payload.b }}' }],
    });
    expect((await app.run(flow.id, { a: 1, b: 'x' })).error).toMatchObject({
      code: 'validation_error',
      path: 'sum',
    });
    const params = await app.createFlow({
      name: 'Bad params',
      steps: [{ id: 's', action: 'sink.strict', params: { n: '{{ payload.n }}' } }],
    });
    expect((await app.run(params.id, { n: 'x' })).error).toMatchObject({
      code: 'validation_error',
      path: 's',
    });
    expect(app.sink.calls).toHaveLength(0);
  });

  it('can be cancelled while it waits and between steps, with the runs that it called', async () => {
    await app.createFlow({ name: 'Sleeper', steps: [{ wait: 'P1D' }, write('no', {})] });
    const flow = await app.createFlow({
      name: 'Boss',
      steps: [{ id: 'c', call_flow: 'Sleeper' }, write('no', {})],
    });
    const started = await request(app.url).post(`/flows/${flow.id}/run`).send({}).expect(202);
    const id = started.body.data.run.id as string;
    const childOf = async () =>
      (await request(app.url).get('/flow-runs').expect(200)).body.data.items.find(
        (run: { parentRunId: string }) => run.parentRunId === id,
      ) as { id: string; status: string } | undefined;
    await until(async () => (await childOf())?.status === 'waiting', { what: 'the called run to wait' });
    await request(app.url).post(`/flow-runs/${id}/cancel`).send({}).expect(200);
    expect((await app.look(id)).status).toBe('cancelled');
    expect((await childOf())?.status).toBe('cancelled');
    await request(app.url).post(`/flow-runs/${id}/cancel`).send({}).expect(409);

    const gate = Promise.withResolvers<void>();
    app.sink.onExecute = async () => {
      await gate.promise;
      return {};
    };
    const two = await app.createFlow({ name: 'Two', steps: [write('a', {}), write('b', {})] });
    const second = await request(app.url).post(`/flows/${two.id}/run`).send({}).expect(202);
    const secondId = second.body.data.run.id as string;
    await until(() => app.sink.calls.length === 1, { what: 'the first step' });
    await request(app.url).post(`/flow-runs/${secondId}/cancel`).send({}).expect(200);
    gate.resolve();
    expect((await app.over(secondId)).status).toBe('cancelled');
    expect(app.sink.calls).toHaveLength(1);
  });

  it('keeps to the concurrency of its flow', async () => {
    let active = 0;
    let most = 0;
    app.sink.onExecute = async () => {
      most = Math.max(most, ++active);
      await new Promise((resolve) => setTimeout(resolve, 20));
      active--;
      return {};
    };
    const flow = await app.createFlow({
      name: 'Narrow',
      steps: [write('a', {})],
      limits: { concurrency: 2 },
    });
    const started = await Promise.all(
      Array.from({ length: 10 }, () => request(app.url).post(`/flows/${flow.id}/run`).send({}).expect(202)),
    );
    for (const response of started) await app.over(response.body.data.run.id as string);
    expect(app.sink.calls).toHaveLength(10);
    expect(most).toBeLessThanOrEqual(2);
  });

  it('keeps the version it started with', async () => {
    const flow = await app.createFlow({
      name: 'V',
      steps: [{ id: 'w', wait: 'PT1H' }, write('x', { n: 'old' })],
    });
    const started = await request(app.url).post(`/flows/${flow.id}/run`).send({}).expect(202);
    const id = started.body.data.run.id as string;
    await until(async () => (await app.look(id)).status === 'waiting');
    await request(app.url)
      .put(`/flows/${flow.id}`)
      .send({ name: 'V', steps: [write('x', { n: 'new' })] })
      .expect(200);
    app.clock.forward(3_600_000);
    expect(await app.over(id)).toMatchObject({ status: 'succeeded', flowVersion: 1 });
    expect(app.effects()).toEqual([{ n: 'old' }]);
  });
});
