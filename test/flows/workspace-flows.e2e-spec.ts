import { Reach } from '../../src/access/reach.js';
import { newId } from '../../src/clock/new-id.js';
import { EventInbox } from '../../src/events/inbox/event-inbox.js';
import { FlowCatalog } from '../../src/flows/flow-catalog.js';
import { FlowRunsService } from '../../src/flows/flow-runs.service.js';
import { FlowsService } from '../../src/flows/flows.service.js';
import { asWorkspace } from '../../src/storage/workspace.js';
import { until } from '../support/until.js';
import { type FlowApp, startFlowApp } from './flow-app.js';

describe('flows of workspaces', () => {
  let app: FlowApp;
  beforeAll(async () => {
    app = await startFlowApp();
  });
  afterAll(() => app.close());
  beforeEach(() => {
    app.sink.calls.length = 0;
  });

  const create = (workspaceId: string, document: object) =>
    asWorkspace(workspaceId, () => app.app.get(FlowsService).create(document, 'test'));
  const writing = (name: string, rest: object = {}) => ({
    name,
    steps: [{ id: 'write', action: 'sink.write', params: { of: name } }],
    ...rest,
  });
  const calling = (name: string, flow: string) => ({
    name,
    steps: [{ id: 'call', call_flow: flow, input: {} }],
  });
  const send = (workspaceId: string, type: string) =>
    app.app.get(EventInbox).receive(
      {
        source: 'clockify',
        type,
        isTypeInferred: false,
        workspaceId,
        userId: null,
        subjectId: null,
        payload: {},
        headers: {},
        changes: [],
        repeatKey: { kind: 'id', id: newId() },
        requestId: newId(),
      },
      100,
    );

  it('wait for events of their workspace only, and those of the operator for all', async () => {
    const trigger = { source: 'clockify', events: ['HAPPENED'] };
    await create('ws-a', writing('a', { trigger }));
    await create('ws-b', writing('b', { trigger }));
    await app.createFlow(writing('all', { trigger }));
    await send('ws-a', 'HAPPENED');
    await until(() => app.effects().length >= 2);
    await send('ws-b', 'HAPPENED');
    await until(() => app.effects().length >= 4);
    expect(app.effects()).toEqual(
      expect.arrayContaining([{ of: 'a' }, { of: 'all' }, { of: 'b' }, { of: 'all' }]),
    );
    const runs = () => app.app.get(FlowRunsService).list({ limit: 50, reach: Reach.ALL } as never);
    const seen = JSON.stringify(await asWorkspace('ws-a', runs));
    expect(seen).toContain('ws-a');
    expect(seen).not.toContain('ws-b');
  });

  it('are seen in the work of their workspace only', async () => {
    const flow = await create('ws-a', writing('hidden'));
    const find = () => app.app.get(FlowsService).get(flow.id, Reach.ALL);
    expect(await asWorkspace('ws-a', find)).toMatchObject({ id: flow.id });
    await expect(asWorkspace('ws-b', find)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('have names of their own: nobody takes the name of another, nor is led to it', async () => {
    const catalog = app.app.get(FlowCatalog);
    const operators = await app.createFlow(writing('same'));
    const a = await create('ws-a', writing('same'));
    await create('ws-b', writing('same'));
    expect((await catalog.find('same'))?.id).toBe(operators.id);
    const find = (idOrName: string) => () => catalog.find(idOrName);
    expect((await asWorkspace('ws-a', find('same')))?.id).toBe(a.id);
    expect(await asWorkspace('ws-b', find(a.id))).toBeUndefined();
  });

  it.each([
    ['a flow of their workspace', 'ws-a', 'succeeded'],
    ['a flow of another workspace', 'ws-b', 'failed'],
    ['a flow of the operator', undefined, 'failed'],
  ])('call %s: %s: %s', async (what, workspaceId, status) => {
    const called = writing(`called, ${what}`);
    const { id } =
      workspaceId === undefined ? await app.createFlow(called) : await create(workspaceId, called);
    const caller = await create('ws-a', calling(`caller of ${what}`, id));
    const run = await app.run(caller.id, {});
    expect(run.status).toBe(status);
    expect(app.effects()).toHaveLength(status === 'succeeded' ? 1 : 0);
  });
});
