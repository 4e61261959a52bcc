// oxlint-disable unicorn/no-thenable -- `then` is a list in flow documents
import { setTimeout as delay } from 'node:timers/promises';
import { Controller, Get, Module } from '@nestjs/common';
import { Requires } from '../../src/access/access.decorators.js';
import { until } from '../support/until.js';
import { ADMIN, SAID, startTwoWorlds, type TwoWorlds } from './two-worlds.js';

@Controller('forgotten')
class ForgottenController {
  @Get()
  @Requires('viewer')
  look(): string {
    return 'seen';
  }
}

@Module({ controllers: [ForgottenController] })
class ForgottenModule {}

const RANGE = { from: '2020-01-01T00:00:00Z', to: '2100-01-01T00:00:00Z' };

describe('a bound key', () => {
  let worlds: TwoWorlds;
  beforeAll(async () => {
    worlds = await startTwoWorlds({ imports: [ForgottenModule] });
  });
  afterAll(() => worlds.close());

  const bound = async (scope: object, more?: object) => worlds.as(await worlds.key(scope, more));
  const root = () => worlds.as(ADMIN);
  const flowOf = async (name: string, steps: object[], more: object = {}): Promise<string> => {
    const answer = await root()
      .post('/flows')
      .send({ name, steps, ...more })
      .expect(201);
    return answer.body.data.id as string;
  };
  const doneOutside = () => worlds.sent[1]?.calls.length ?? 0;
  const inWorkspace = (workspaceId: unknown) => ({
    integration: 'inside',
    operation: 'inside_write',
    params: { workspaceId, name: 'x' },
  });

  it('gets nowhere on a route that does not say how it holds it', async () => {
    const { inside } = worlds;
    const all = [];
    for (const scope of [{ sources: [inside.source] }, { flows: [] }])
      all.push((await (await bound(scope)).get('/forgotten')).status);
    all.push(
      (await (await bound({ sources: ['a'] }, { role: 'viewer', payloads: false })).get('/forgotten')).status,
    );
    const unbound = await (await worlds.as(await worlds.key(null))).get('/forgotten');
    expect([...all, unbound.status]).toEqual([403, 403, 403, 200]);
  });

  it.each([
    ['of no workspace', { integration: 'inside', operation: 'inside_everywhere', params: {} }],
    [
      'of no workspace, with one all the same',
      {
        integration: 'inside',
        operation: 'inside_everywhere',
        params: { workspaceId: 'w-inside' },
      },
    ],
    ['whose workspace is left out', inWorkspace(undefined)],
    ['whose workspace is a list', inWorkspace(['w-inside'])],
    ['whose workspace begins alike', inWorkspace('w-inside/../w-outside')],
    ['whose workspace differs in case', inWorkspace('W-INSIDE')],
  ])('to workspaces runs, shows and schedules no action %s', async (_what, action) => {
    const agent = await bound({ workspaces: [worlds.inside.workspace] });
    const before = worlds.sent[0]?.calls.length;
    const answers = [
      await agent.post('/actions/run').send(action),
      await agent.post('/actions/run?dryRun=true').send(action),
      await agent.post('/schedules').send({ cron: '0 9 1 1 *', ...action }),
    ];
    expect(answers.map(({ status }) => [400, 403].includes(status))).toEqual([true, true, true]);
    expect(worlds.sent[0]?.calls.length).toBe(before);
  });

  it('is judged by what a text is read as, and not by its words', async () => {
    const { inside } = worlds;
    const agent = await bound({ operations: [inside.operation], workspaces: [inside.workspace] });
    const said = (text: string) => agent.post('/actions/run').send({ text });
    const within = await said('inside.inside_write workspaceId=w-inside name=said');
    const beyond = await said('outside.outside_write workspaceId=w-outside name=inside.inside_write');
    const elsewhere = await said('inside.inside_write workspaceId=w-outside name=said');
    const keyed = await agent
      .post('/actions/run')
      .set('Idempotency-Key', 'a-text')
      .send({ text: 'outside.outside_write workspaceId=w-outside name=said' });
    expect([within, beyond, elsewhere, keyed].map(({ status }) => status)).toEqual([200, 403, 403, 403]);
    expect([beyond, elsewhere].map(({ body }) => body.error.details)).toEqual([
      { bound: 'operations' },
      { bound: 'workspaces' },
    ]);
  });

  it('is given no answer that another key’s Idempotency-Key stands for', async () => {
    const { inside, outside } = worlds;
    const action = {
      integration: 'outside',
      operation: 'outside_write',
      params: { workspaceId: 'w-outside' },
    };
    const keyed = (agent: ReturnType<TwoWorlds['as']>) =>
      agent.post('/actions/run').set('Idempotency-Key', 'of-another').send(action);
    await keyed(root()).expect(200);
    const refused = await keyed(await bound({ workspaces: [inside.workspace] }));
    const replay = (agent: ReturnType<TwoWorlds['as']>) =>
      agent.post(`/flow-runs/${outside.flowRun}/replay`).set('Idempotency-Key', 'of-another');
    await replay(root()).expect(202);
    const flows = await replay(await bound({ flows: [inside.flow] }));
    expect([refused.status, flows.status]).toEqual([403, 404]);
  });

  it('sees nothing through cursors and filters of another', async () => {
    const { inside, outside } = worlds;
    const agent = await bound({
      workspaces: [inside.workspace],
      sources: [inside.source],
      flows: [inside.flow],
    });
    const last = '7ZZZZZZZZZZZZZZZZZZZZZZZZZ';
    for (const path of [
      `/events?limit=200&cursor=${last}`,
      `/events?workspaceId=${outside.workspace}`,
      `/events?source=${outside.source}`,
      `/events?status=dead`,
      `/dead-letters?cursor=${last}`,
      `/flows?cursor=${last}`,
      `/flow-runs?cursor=${last}&flowId=${outside.flow}`,
      `/flow-runs?cursor=${last}`,
      `/actions/runs?cursor=${last}&limit=200`,
      `/actions/runs?integration=outside`,
      `/actions/runs?caller=root`,
      `/schedules?cursor=${last}`,
    ]) {
      const { status, text } = await agent.get(path);
      expect([path, status, /outside/.test(text)]).toEqual([path, 200, false]);
    }
  });

  it('gets full pages of what is within, whatever lies between', async () => {
    const agent = await bound({ integrations: ['inside'] });
    const one = await agent.get('/actions/runs?limit=2').expect(200);
    const two = await agent.get(`/actions/runs?limit=2&cursor=${one.body.data.nextCursor}`).expect(200);
    const all = [...one.body.data.items, ...two.body.data.items] as { integration: string; id: string }[];
    expect(all.map(({ integration }) => integration)).toEqual(Array(4).fill('inside'));
    expect(new Set(all.map(({ id }) => id)).size).toBe(4);
  });

  it('runs no flow whose steps are beyond its bounds, at whatever depth, though the flow is named', async () => {
    const { inside, outside } = worlds;
    const out = { id: 'o', action: outside.operation, params: { workspaceId: 'w-outside' } };
    const guessed = { id: 'g', action: inside.operation, params: { workspaceId: '{{ payload.where }}' } };
    const flows = {
      loop: await flowOf('loop', [{ id: 'l', for_each: '{{ payload.list }}', steps: [out] }]),
      branch: await flowOf('branch', [{ id: 'b', if: 'payload.no', then: [], else: [out] }]),
      guessed: await flowOf('guessed', [guessed]),
      calling: await flowOf('calling', [{ id: 'c', call_flow: outside.flow }]),
    };
    const agent = await bound({ workspaces: [inside.workspace], flows: Object.values(flows) });
    const event = { source: inside.source, workspaceId: inside.workspace };
    const before = doneOutside();
    for (const [name, id] of Object.entries(flows)) {
      const list = [1];
      const run = await agent.post(`/flows/${id}/run`).send({ event, payload: { where: 'w-outside', list } });
      const plan = await agent.post('/schedules').send({ flow: id, cron: '0 9 1 1 *' });
      const test = await agent.post(`/flows/${id}/backtest`).send(RANGE);
      const on = await agent.post(`/flows/${id}/enable`);
      expect([name, run.status, plan.status, test.status, on.status]).toEqual([name, 403, 403, 403, 403]);
    }
    expect(doneOutside()).toBe(before);
  });

  it('cannot have another thing called event, in whose workspace it would act', async () => {
    const steps = [
      { id: 'l', for_each: '{{ payload.list }}', as: 'event', steps: [{ id: 's', transform: 1 }] },
    ];
    const refused = await root().post('/flows').send({ name: 'shadow', steps }).expect(400);
    expect(refused.body.error.details[0].path).toBe('steps[0].as');
  });

  it('runs a named flow in the event’s own workspace, for events within', async () => {
    const { inside } = worlds;
    const step = { id: 's', action: inside.operation, params: { workspaceId: '{{ event.workspaceId }}' } };
    const flow = await flowOf('in its own workspace', [step]);
    const agent = await bound({ workspaces: [inside.workspace], flows: [flow] });
    const run = (event: object) => agent.post(`/flows/${flow}/run`).send({ event });
    const statuses = [
      (await run({ workspaceId: inside.workspace })).status,
      (await run({ workspaceId: 'w-outside' })).status,
      (await run({})).status,
      (await agent.post(`/flows/${flow}/enable`)).status,
    ];
    expect(statuses).toEqual([202, 403, 403, 403]);
  });

  it('to operations does not see a flow that calls another', async () => {
    const { inside } = worlds;
    const agent = await bound({ operations: [inside.operation] });
    const answers = [
      await agent.get(`/flows/${inside.caller}`),
      await agent.post(`/flows/${inside.caller}/run`),
    ];
    expect(answers.map(({ status }) => status)).toEqual([404, 404]);
  });

  it('replays and retries no version of a flow that is beyond it', async () => {
    const { inside, outside } = worlds;
    const wide = { id: 'w', action: outside.operation, params: { workspaceId: 'w-outside' } };
    const step = { id: 's', action: inside.operation, params: { workspaceId: 'w-inside' } };
    const flow = await flowOf('narrowed', [wide]);
    const event = { source: inside.source, workspaceId: inside.workspace };
    const old = (await root().post(`/flows/${flow}/run`).send({ event }).expect(202)).body.data.run
      .id as string;
    await until(async () => (await root().get(`/flow-runs/${old}`)).body.data.status === 'succeeded');
    await root()
      .put(`/flows/${flow}`)
      .send({ name: 'narrowed', steps: [step] })
      .expect(200);
    const byFlow = await bound({ flows: [flow], workspaces: [inside.workspace] });
    const byOperation = await bound({ operations: [inside.operation] });
    const same = { version: 'same' };
    const statuses = [
      (await byFlow.post(`/flow-runs/${old}/replay`).send(same)).status,
      (await byFlow.post(`/flow-runs/${old}/replay`).send({})).status,
      (await byOperation.get(`/flow-runs/${old}`)).status,
      (await byOperation.post(`/flow-runs/${old}/replay`).send(same)).status,
      (await byOperation.get(`/flows/${flow}?version=1`)).status,
      (await byOperation.get(`/flows/${flow}`)).status,
    ];
    expect(statuses).toEqual([403, 202, 404, 404, 404, 200]);
    const versions = await byOperation.get(`/flows/${flow}/versions`).expect(200);
    expect(versions.body.data.items.map(({ version }: { version: number }) => version)).toEqual([2]);
  });

  it('tries a draft on no event beyond it', async () => {
    const { inside } = worlds;
    const agent = await bound({ workspaces: [inside.workspace], flows: [inside.flow] });
    const definition = {
      name: 'a draft',
      trigger: { events: ['TOLD'] },
      steps: [
        {
          id: 's',
          action: inside.operation,
          params: { workspaceId: 'w-inside', name: '{{ event.source }}' },
        },
      ],
    };
    const report = await agent
      .post(`/flows/${inside.flow}/backtest`)
      .send({ ...RANGE, definition })
      .expect(200);
    expect(report.body.data.matched).toBeGreaterThan(0);
    expect(report.text).not.toContain('outside');
  });

  it('turns no schedule to what is beyond it, by none of its targets', async () => {
    const { outside } = worlds;
    const agent = await bound({ integrations: ['inside'] });
    const own = await agent
      .post('/schedules')
      .send({ cron: '0 9 1 1 *', ...inWorkspace('w-inside') })
      .expect(201);
    const change = (body: object) => agent.patch(`/schedules/${own.body.data.id}`).send(body);
    const answers = [
      await change({
        integration: 'outside',
        operation: 'outside_write',
        params: { workspaceId: 'w-outside' },
      }),
      await change({ text: 'outside.outside_write workspaceId=w-outside' }),
      await change({ flow: outside.flow }),
      await change({ flow: 'outside flow' }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 400, 400]);
    expect(answers.slice(2).map(({ body }) => body.error)).toEqual([
      expect.objectContaining({ code: 'validation_error' }),
      expect.objectContaining({ code: 'validation_error' }),
    ]);
    const gone = await change({ flow: 'no such flow' });
    expect(gone.body.error).toEqual(answers[3]?.body.error);
  });

  it('sees of a schedule no run that had another target then', async () => {
    const { inside } = worlds;
    const made = await root()
      .post('/schedules')
      .send({
        cron: '0 9 1 1 *',
        integration: 'outside',
        operation: 'outside_write',
        params: { workspaceId: 'w-outside' },
      })
      .expect(201);
    const { id } = made.body.data as { id: string };
    await root().post(`/schedules/${id}/run`).expect(202);
    await root().patch(`/schedules/${id}`).send(inWorkspace('w-inside')).expect(200);
    await root().post(`/schedules/${id}/run`).expect(202);
    const agent = await bound({ workspaces: [inside.workspace] });
    const look = await agent.get(`/schedules/${id}`).expect(200);
    const list = await agent.get(`/schedules/${id}/runs`).expect(200);
    expect([look.body.data.runs.length, list.body.data.items.length]).toEqual([1, 1]);
  });

  it('follows events within it only', async () => {
    const { inside } = worlds;
    const key = await worlds.key({ workspaces: [inside.workspace] }, { role: 'viewer' });
    const told = await followed(worlds.url, key);
    expect(told).toContain('w-inside');
    expect(told).not.toContain('outside');
    const none = await worlds.key({ flows: [inside.flow] }, { role: 'viewer' });
    expect(await followed(worlds.url, none, 2_500)).not.toContain('data:');
  });

  it('redrives its own dead letters when it asks for all of them', async () => {
    const { inside, outside } = worlds;
    const agent = await bound({ workspaces: [inside.workspace] });
    const redriven = await agent.post('/dead-letters/redrive').send({ kind: 'event' }).expect(200);
    expect(redriven.body.data).toEqual({ redriven: 1 });
    const jobs = await agent.post('/dead-letters/redrive').send({ kind: 'job' }).expect(403);
    expect(jobs.body.error.details).toEqual({ bound: 'workspaces' });
    const left = await root().get('/dead-letters').expect(200);
    expect(left.body.data.items.map(({ id }: { id: string }) => id)).toEqual([outside.deadEvent]);
  });

  it('replays events within it only, when it asks for all of them', async () => {
    const agent = await bound({ sources: [worlds.inside.source] });
    const replayed = await agent.post('/events/replay').send({}).expect(200);
    const mine = await root().get('/events?limit=200&source=inside').expect(200);
    const others = await root().get('/events?limit=200&source=outside').expect(200);
    const copies = ({ body }: typeof mine) =>
      (body.data.items as { replayOf: string | null }[]).filter(({ replayOf }) => replayOf !== null);
    expect(replayed.body.data.replayed).toBeGreaterThan(0);
    expect([copies(mine).length > 0, copies(others).length]).toEqual([true, 0]);
  });

  it('that is a viewer’s without payloads is told everything but what was said', async () => {
    const { inside } = worlds;
    const paths = [
      '/events',
      `/events/${inside.event}`,
      '/dead-letters',
      '/actions/runs',
      `/actions/runs/${inside.actionRun}`,
      '/flow-runs',
      `/flow-runs/${inside.flowRun}`,
      `/flow-runs/${inside.failedRun}`,
      `/flows/${inside.flow}/runs`,
      '/schedules',
      `/schedules/${inside.schedule}`,
      `/schedules/${inside.schedule}/runs`,
    ];
    const seeing = worlds.as(await worlds.key(null, { role: 'viewer' }));
    const blind = worlds.as(await worlds.key(null, { role: 'viewer', payloads: false }));
    const told: string[] = [];
    for (const path of paths) {
      const [full, bare] = [await seeing.get(path), await blind.get(path)];
      expect([path, full.status, bare.status]).toEqual([path, 200, 200]);
      expect([path, bare.text.includes(SAID)]).toEqual([path, false]);
      if (full.text.includes(SAID)) told.push(path);
      expect(Object.keys(bare.body.data)).toEqual(Object.keys(full.body.data));
    }
    expect(told).toEqual(
      expect.arrayContaining(paths.filter((path) => /events\/|letters|actions|schedules$/.test(path))),
    );
    const failed = await blind.get(`/flow-runs/${inside.failedRun}`);
    expect(failed.body.data.error).toEqual({ code: expect.any(String), path: expect.any(String) });
  });
});

/** What is told within a time of all that was stored before. */
async function followed(url: string, key: string, forMs?: number): Promise<string> {
  const stop = new AbortController();
  const headers = { 'X-Api-Key': key, 'Last-Event-ID': '00000000000000000000000000' };
  const response = await fetch(`${url}/events/stream`, { headers, signal: stop.signal });
  let text = '';
  const reading = (async () => {
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>)
      text += Buffer.from(chunk).toString();
  })().catch(() => undefined);
  if (forMs === undefined) await until(() => text.includes('data:'));
  else await delay(forMs);
  stop.abort();
  await reading;
  return text;
}
