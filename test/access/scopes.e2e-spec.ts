import type { Test } from 'supertest';
import { buildOpenApi } from '../../src/http/openapi.js';
import type { Bound } from '../../src/observability/request-context.js';
import { startTwoWorlds, type TwoWorlds, type World } from './two-worlds.js';

type Agent = ReturnType<TwoWorlds['as']>;
type Attack = (agent: Agent, world: World) => Test;

/** Around all of time. */
const RANGE = { from: '2020-01-01T00:00:00Z', to: '2100-01-01T00:00:00Z' };
const actionOf = ({ integration, workspace }: World) => ({
  integration,
  operation: `${integration}_write`,
  params: { workspaceId: workspace, name: 'x' },
});
const flowOf = (world: World) => ({
  name: 'a draft',
  steps: [
    { id: 's', action: world.operation, params: { workspaceId: world.workspace, name: 'x' } },
    { id: 'c', call_flow: world.flow },
  ],
});

/** What is done about each event of the world, with what was said in it. */
const pastOf = (world: World) => ({
  name: 'a draft',
  trigger: { source: world.source },
  steps: [
    {
      id: 's',
      action: world.operation,
      params: { workspaceId: world.workspace, name: '{{ payload.text }}' },
    },
  ],
});

/** For each route, the try to see or do something in a world. Those that end a thing come last. */
const ATTACKS: Readonly<Record<string, Attack>> = {
  'GET /secrets': (agent) => agent.get('/secrets'),
  'GET /secrets/{secret}': (agent, w) => agent.get(`/secrets/${w.source}`),
  'GET /catalogue': (agent, w) => agent.get(`/catalogue?workspaceId=${w.workspace}`),
  'GET /catalogue/workspaces': (agent) => agent.get('/catalogue/workspaces'),
  'GET /catalogue/{id}': (agent, w) => agent.get(`/catalogue/${w.source}?workspaceId=${w.workspace}`),
  'POST /bootstrap': (agent, w) => agent.post('/bootstrap').send({ workspaceId: w.workspace }),
  'GET /bootstrap': (agent, w) => agent.get(`/bootstrap?workspaceId=${w.workspace}`),
  'POST /bootstrap/cancel': (agent, w) => agent.post(`/bootstrap/cancel?workspaceId=${w.workspace}`),
  'GET /integrations': (agent) => agent.get('/integrations'),
  'GET /integrations/{name}/operations': (agent, w) => agent.get(`/integrations/${w.integration}/operations`),
  'GET /integrations/{name}/operations/{operation}': (agent, w) =>
    agent.get(`/integrations/${w.integration}/operations/${w.integration}_write`),
  'POST /actions/parse': (agent, w) => agent.post('/actions/parse').send({ text: saidIn(w) }),
  'POST /actions/run': (agent, w) => agent.post('/actions/run').send(actionOf(w)),
  'GET /actions/runs': (agent) => agent.get('/actions/runs?limit=200'),
  'GET /actions/runs/{id}': (agent, w) => agent.get(`/actions/runs/${w.actionRun}`),
  'GET /events': (agent) => agent.get('/events?limit=200'),
  'GET /events/{id}': (agent, w) => agent.get(`/events/${w.event}`),
  'POST /events/replay': (agent, w) =>
    agent.post('/events/replay').send({ dryRun: true, source: w.source, workspaceId: w.workspace }),
  'POST /events/{id}/replay': (agent, w) => agent.post(`/events/${w.event}/replay`),
  'GET /dead-letters': (agent) => agent.get('/dead-letters'),
  'GET /flows': (agent) => agent.get('/flows'),
  'POST /flows/validate': (agent, w) => agent.post('/flows/validate').send(flowOf(w)),
  'GET /flows/{id}': (agent, w) => agent.get(`/flows/${w.flow}`),
  'GET /flows/{id}/versions': (agent, w) => agent.get(`/flows/${w.flow}/versions`),
  'POST /flows/{id}/disable': (agent, w) => agent.post(`/flows/${w.flow}/disable`),
  'POST /flows/{id}/enable': (agent, w) => agent.post(`/flows/${w.flow}/enable`),
  'POST /flows/{id}/run': (agent, w) =>
    agent.post(`/flows/${w.flow}/run`).send({ event: { source: w.source, workspaceId: w.workspace } }),
  'GET /flows/{id}/runs': (agent, w) => agent.get(`/flows/${w.flow}/runs`),
  'POST /flows/{id}/backtest': (agent, w) =>
    agent.post(`/flows/${w.flow}/backtest`).send({ ...RANGE, definition: pastOf(w) }),
  'GET /flow-runs': (agent) => agent.get('/flow-runs?limit=200'),
  'GET /flow-runs/{id}': (agent, w) => agent.get(`/flow-runs/${w.flowRun}`),
  'POST /flow-runs/{id}/replay': (agent, w) => agent.post(`/flow-runs/${w.flowRun}/replay`),
  'POST /flow-runs/{id}/retry': (agent, w) => agent.post(`/flow-runs/${w.failedRun}/retry`),
  'POST /schedules': (agent, w) =>
    agent.post('/schedules').send({ name: w.source, cron: '0 9 1 1 *', ...actionOf(w) }),
  'GET /schedules': (agent) => agent.get('/schedules'),
  'GET /schedules/{id}': (agent, w) => agent.get(`/schedules/${w.schedule}`),
  'GET /schedules/{id}/runs': (agent, w) => agent.get(`/schedules/${w.schedule}/runs`),
  'PATCH /schedules/{id}': (agent, w) => agent.patch(`/schedules/${w.schedule}`).send({ paused: true }),
  'POST /schedules/{id}/run': (agent, w) => agent.post(`/schedules/${w.schedule}/run`),
  'DELETE /schedules/{id}': (agent, w) => agent.delete(`/schedules/${w.schedule}`),
  'POST /flow-runs/{id}/cancel': (agent, w) => agent.post(`/flow-runs/${w.waitingRun}/cancel`),
  'POST /dead-letters/redrive': (agent, w) =>
    agent.post('/dead-letters/redrive').send({ kind: 'event', ids: [w.deadEvent] }),
  'POST /dead-letters/{id}/redrive': (agent, w) => agent.post(`/dead-letters/${w.deadEvent}/redrive`),
};
const saidIn = (w: World): string => `${w.operation} workspaceId=${w.workspace} name=x`;

interface Route {
  name: string;
  role: string;
  policy: { held: string[]; closed: string[] } | undefined;
}

/** How a key is bound to the world inside, and what it may see of the other nevertheless, because it is named. */
const WAYS: {
  bound: Bound;
  how: string;
  scope(inside: World, outside: World): object;
  sees?: RegExp;
  beyond: RegExp;
}[] = [
  { bound: 'workspaces', how: 'workspaces', scope: (w) => ({ workspaces: [w.workspace] }), beyond: /flow/ },
  {
    bound: 'workspaces',
    how: 'workspaces, with both flows named',
    scope: (w, out) => ({ workspaces: [w.workspace], flows: [w.flow, out.flow] }),
    sees: /^GET \/(schedules|flows(\/\{id\}(\/versions)?)?)$/,
    beyond: /^POST \/events|catalogue|bootstrap/,
  },
  {
    bound: 'sources',
    how: 'sources',
    scope: (w) => ({ sources: [w.source] }),
    beyond: /flow|action|schedule|catalogue|bootstrap/,
  },
  {
    bound: 'integrations',
    how: 'integrations',
    scope: (w) => ({ integrations: [w.integration] }),
    beyond: /event|dead|backtest|catalogue|bootstrap/,
  },
  {
    bound: 'operations',
    how: 'operations',
    scope: (w) => ({ operations: [w.operation, w.operation.replace('_write', '_fail')] }),
    beyond: /event|dead|backtest|catalogue|bootstrap/,
  },
  {
    bound: 'flows',
    how: 'flows',
    scope: (w) => ({ flows: [w.flow] }),
    beyond:
      /event|dead|backtest|catalogue|bootstrap|parse|actions\/run$|actions\/runs\/|schedules\/|POST \/schedules/,
  },
];

/** What an answer has that tells or does something. */
const TOLD = /inside|outside|"(matched|redriven|version)":[1-9]|"(id|eventId)":"01/;
const ENDS = /DELETE|cancel|retry|redrive/;
/** How many routes can hold a bound of the kind in no way. */
const CLOSED_ROUTES: Readonly<Record<Bound, number>> = {
  workspaces: 2,
  sources: 8,
  integrations: 12,
  operations: 12,
  flows: 12,
};
/** What belongs to no workspace, source or flow. */
const CLOSED_TO_ALL = /\/secrets/;

describe('the scope of a key', () => {
  let worlds: TwoWorlds;
  let routes: Route[];
  beforeAll(async () => {
    worlds = await startTwoWorlds();
    routes = Object.entries(buildOpenApi(worlds.app).paths).flatMap(([path, item]) =>
      (['get', 'post', 'put', 'patch', 'delete'] as const).flatMap((method) => {
        const found = item[method] as unknown as Record<string, unknown> | undefined;
        if (!found || found['x-role'] === undefined) return [];
        const name = `${method.toUpperCase()} ${path}`;
        return [{ name, role: String(found['x-role']), policy: found['x-scope'] as Route['policy'] }];
      }),
    );
  });
  afterAll(() => worlds.close());

  const open = () => routes.filter(({ role }) => role !== 'admin');
  const attacks = () =>
    Object.entries(ATTACKS).flatMap(([name, attack]) => {
      const route = open().find((one) => one.name === name);
      return route ? [{ name, attack, policy: route.policy ?? { held: [], closed: [] } }] : [];
    });

  it('is declared for every route that is not for admins, and each has its attack', () => {
    const undeclared = open().filter(({ policy }) => policy === undefined);
    const unattacked = open().filter(({ name }) => !Object.hasOwn(ATTACKS, name));
    expect(routes.length).toBeGreaterThan(40);
    expect(undeclared.map(({ name }) => name)).toEqual([]);
    expect(unattacked.map(({ name }) => name)).toEqual(['GET /events/stream']);
  });

  it.each(WAYS)('holds $how on every route that says so', async ({ bound, scope, sees }) => {
    const agent = worlds.as(await worlds.key(scope(worlds.inside, worlds.outside)));
    const wrong: unknown[] = [];
    for (const { name, policy, attack } of attacks()) {
      if (sees?.test(name) || !policy.held.includes(bound)) continue;
      const { status, body, text } = await attack(agent, worlds.outside);
      const isRefused = status === 404 || (status === 403 && body.error.code === 'forbidden');
      const isEmpty = status === 200 && /^(GET|POST \/(events|dead-letters)\/re)/.test(name);
      // The name of the path is echoed where it leads nowhere.
      const isTold = /outside/i.test(text.replace(/There is no integration \\"outside\\"/, ''));
      const isDone = /"(matched|redriven)":[1-9]/.test(text);
      if (!(isRefused || isEmpty) || isTold || isDone) wrong.push([name, status, text]);
    }
    expect(wrong).toEqual([]);
    expect(worlds.sent[1]?.calls.filter(({ params }) => params['name'] === 'x')).toEqual([]);
  });

  it.each(WAYS)('refuses $how by name where a route cannot hold it', async ({ bound, scope }) => {
    const agent = worlds.as(await worlds.key(scope(worlds.inside, worlds.outside)));
    const closed = attacks().filter(({ policy }) => policy.closed.includes(bound));
    const refused = [];
    for (const { attack } of closed) refused.push((await attack(agent, worlds.inside)).body.error);
    expect(closed.length).toBe(CLOSED_ROUTES[bound]);
    for (const error of refused) expect(error).toMatchObject({ code: 'forbidden', details: { bound } });
  });

  it.each(WAYS)('lets $how do and see what is within', async ({ scope, beyond }) => {
    const agent = worlds.as(await worlds.key(scope(worlds.inside, worlds.outside)));
    const wrong: unknown[] = [];
    for (const { name, attack } of attacks()) {
      if (ENDS.test(name)) continue;
      const { status, text } = await attack(agent, worlds.inside);
      const isWithin = status < 300 && TOLD.test(text);
      const isBeyond = beyond.test(name) || CLOSED_TO_ALL.test(name);
      if (isWithin === isBeyond) wrong.push([name, status, text]);
    }
    expect(wrong).toEqual([]);
  });

  it('is what keeps them out: a key of the same role without one gets all of it', async () => {
    const agent = worlds.as(await worlds.key(null));
    const wrong: unknown[] = [];
    for (const { name, attack } of attacks()) {
      const { status, text } = await attack(agent, worlds.outside);
      const isTold = status === 204 || TOLD.test(text);
      const isOver = name === 'POST /dead-letters/{id}/redrive' && status === 404; // The route before it did it.
      if (!isOver && (status >= 300 || !isTold)) wrong.push([name, status, text]);
    }
    expect(wrong).toEqual([]);
  });
});
