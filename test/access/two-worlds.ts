// oxlint-disable unicorn/no-thenable -- `then` is a list in flow documents
import request from 'supertest';
import { EventInbox } from '../../src/events/inbox/event-inbox.js';
import { INTEGRATIONS, type Operation } from '../../src/integrations/integration.js';
import { startTestApp, type TestApp, type TestAppOptions } from '../support/app.js';
import { aDelivery } from '../support/deliveries.js';
import { FakeIntegration } from '../support/fake-integration.js';
import { until } from '../support/until.js';

export const ADMIN = 'the-admin-of-the-test';
/** Stands in everything that was said, and in nothing else. */
export const SAID = 'what-was-said';

/** Of each kind of thing there is one in the world inside, and one in the other, in whose every part stands `outside`. */
export interface World {
  workspace: string;
  source: string;
  integration: string;
  operation: string;
  flow: string;
  /** Calls the flow. */
  caller: string;
  event: string;
  deadEvent: string;
  flowRun: string;
  failedRun: string;
  waitingRun: string;
  actionRun: string;
  schedule: string;
  flowSchedule: string;
}

export interface TwoWorlds extends TestApp {
  inside: World;
  outside: World;
  sent: FakeIntegration[];
  key(scope: object | null, more?: object): Promise<string>;
  as(key: string): ReturnType<typeof request.agent>;
}

const text = { type: 'string' };
const operation = (name: string, properties: Record<string, object>, isWrite = true): Operation => ({
  name,
  summary: name,
  params: { type: 'object', properties, additionalProperties: false },
  example: {},
  isWrite,
  tags: [],
});

function integrationOf(name: string): FakeIntegration {
  const fake = new FakeIntegration(name, [
    operation(`${name}_write`, { workspaceId: text, name: text }),
    operation(`${name}_fail`, { workspaceId: text, name: text }),
    operation(`${name}_everywhere`, { name: text }, false),
  ]);
  fake.onExecute = async (found, params) => {
    if (found.name.endsWith('_fail')) throw new Error(`${name} ${SAID}`);
    return { id: name, got: { ...params } };
  };
  return fake;
}

export async function startTwoWorlds(options: TestAppOptions = {}): Promise<TwoWorlds> {
  const sent = ['inside', 'outside'].map(integrationOf);
  const service = await startTestApp({
    ...options,
    env: {
      HOST: '0.0.0.0',
      API_KEYS: `root:admin:${ADMIN}`,
      EVENT_RETRY_SECONDS: '0',
      ENCRYPTION_KEY: '0b'.repeat(32),
    },
    override: (builder) => builder.overrideProvider(INTEGRATIONS).useValue(sent),
  });
  const as = (key: string) => request.agent(service.url).set('X-Api-Key', key);
  let keys = 0;
  const key = async (scope: object | null, more: object = {}): Promise<string> => {
    const wanted = { name: `key-${++keys}`, role: 'operator', ...(scope === null ? {} : { scope }), ...more };
    const answer = await as(ADMIN).post('/api-keys').send(wanted).expect(201);
    return answer.body.data.secret as string;
  };
  const make = (name: string) => worldOf(name, { service, root: as(ADMIN) });
  const [inside, outside] = [await make('inside'), await make('outside')];
  return { ...service, inside, outside, sent, key, as };
}

type Agent = ReturnType<typeof request.agent>;

async function worldOf(name: string, { service, root }: { service: TestApp; root: Agent }): Promise<World> {
  const workspace = `w-${name}`;
  const made = async (path: string, body: object): Promise<Record<string, string>> => {
    const answer = await root.post(path).send(body);
    if (answer.status >= 300) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
    return answer.body.data ?? answer.body;
  };
  const action = (kind: string): string => `${name}.${name}_${kind}`;
  const step = (kind: string) => ({
    id: kind,
    action: action(kind),
    params: { workspaceId: workspace, name: '{{ payload.text }}' },
  });
  const flowWith = async (label: string, steps: object[]): Promise<string> => {
    const trigger = { source: name, workspace: [workspace], events: ['NOTHING'] };
    const flow = await made('/flows', { name: `${name} ${label}`, trigger, steps });
    return flow['id'] ?? '';
  };
  const flow = await flowWith('flow', [
    step('write'),
    { id: 'late', if: 'payload.wait', then: [{ id: 'w', wait: { for: 'PT1H' } }] },
    { id: 'broken', if: 'payload.fail', then: [step('fail')] },
  ]);
  const caller = await flowWith('caller', [{ id: 'call', call_flow: flow, input: { text: SAID } }]);
  const start = async (payload: object): Promise<string> => {
    const event = { source: name, workspaceId: workspace, type: name };
    const answer = await root
      .post(`/flows/${flow}/run`)
      .send({ event, payload: { text: SAID, ...payload } })
      .expect(202);
    return answer.body.data.run.id as string;
  };
  const ended = async (id: string, statuses: string[]): Promise<string> => {
    await until(async () => statuses.includes((await root.get(`/flow-runs/${id}`)).body.data.status));
    return id;
  };
  const event = async (label: string): Promise<string> => {
    const receipt = await service.app.get(EventInbox).receive(
      aDelivery({
        source: name,
        type: 'TOLD',
        workspaceId: workspace,
        payload: { text: SAID, label },
        headers: { 'x-told': SAID },
        repeatKey: { kind: 'id', id: `${name}-${label}` },
      }),
      100,
    );
    return receipt.eventId;
  };
  const schedule = async (target: object): Promise<string> =>
    (await made('/schedules', { name: `${name} schedule`, cron: '0 9 1 1 *', ...target }))['id'] ?? '';
  const run = await root
    .post('/actions/run')
    .send({ integration: name, operation: `${name}_write`, params: { workspaceId: workspace, name: SAID } })
    .expect(200);
  const actionTarget = {
    integration: name,
    operation: `${name}_write`,
    params: { workspaceId: workspace, name: SAID },
  };
  await root
    .put(`/secrets/${name}`)
    .send({ value: 'never shown to anybody', allowedHosts: ['api.example.com'] })
    .expect(200);
  const deadEvent = await event('dead');
  await service.engine.pool.query(
    `with queued as (delete from clankerbot.event_dispatch where event_id = $1 returning event_id)
     insert into clankerbot.event_dead_letters (event_id, seq, subject_key, attempts, error)
     select id, seq, subject_key, 8, $2::jsonb from clankerbot.events where id = $1`,
    [deadEvent, JSON.stringify({ code: 'failed', message: `${name} ${SAID}` })],
  );
  await service.engine.pool.query(
    `with made as (insert into clankerbot.catalogue_workspaces (account, workspace_id, name, filled_at)
       values ('default', $1, $2, now()))
     insert into clankerbot.catalogue_entities
       (account, workspace_id, type, id, name, folded, archived, payload, fetched_at)
     values ('default', $1, 'client', $2, $2, $2, false, '{}', now())`,
    [workspace, name],
  );
  const actionSchedule = await schedule(actionTarget);
  await root.post(`/schedules/${actionSchedule}/run`).expect(202);
  return {
    workspace,
    source: name,
    integration: name,
    operation: action('write'),
    flow,
    caller,
    event: await event('told'),
    deadEvent,
    flowRun: await ended(await start({}), ['succeeded']),
    failedRun: await ended(await start({ fail: true }), ['failed']),
    waitingRun: await ended(await start({ wait: true }), ['waiting']),
    actionRun: run.headers['x-run-id'] as string,
    schedule: actionSchedule,
    flowSchedule: await schedule({ flow, payload: { text: SAID } }),
  };
}
