import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { Confirmations } from '../../src/actions/confirmations.js';
import { ERROR_STATUS, type ErrorCode } from '../../src/errors/error-code.js';
import { EventHandlers } from '../../src/events/event-handler.js';
import { ClockifySandbox } from '../clockify-sandbox/clockify-sandbox.js';
import { startTestApp, type TestApp } from '../support/app.js';
import {
  EXAMPLE_ENVIRONMENT,
  EXAMPLE_KEY,
  EXAMPLE_SECRET,
  ExampleThings,
} from '../support/example-things.js';
import type { OpenApi, Schema } from '../support/openapi-document.js';
import { swaggerExample } from '../support/swagger-example.js';

const VIEWER = 'a-key-of-a-viewer-1234567890';
const WORKSPACE = '64a687e29ae1f428e7ebe303';
const UNKNOWN = '01K8Z5D8V3QGZ1N7X0T4W6Y2AB';
const JSON_TYPE = 'application/json';

interface Media {
  schema?: Schema;
  examples?: Record<string, { value: unknown }>;
}
interface Route {
  method: string;
  path: string;
  operation: {
    operationId: string;
    security?: unknown[];
    'x-role'?: string;
    requestBody?: { content: Record<string, Media> };
    responses: Record<string, { content?: Record<string, Media> }>;
  };
}
interface Sent {
  headers?: Record<string, string>;
  body?: string;
}

const title = ({ method, path }: Route): string => `${method} ${path}`;

describe('the examples of the OpenAPI document', () => {
  let service: TestApp;
  let sandbox: ClockifySandbox;
  let things: ExampleThings;
  let document: OpenApi;
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);

  beforeAll(async () => {
    sandbox = new ClockifySandbox({ workspace: { id: WORKSPACE } });
    await sandbox.start();
    service = await startTestApp({
      env: {
        ...sandbox.environment,
        ...EXAMPLE_ENVIRONMENT,
        API_KEYS: `reader:admin:${EXAMPLE_KEY},looker:viewer:${VIEWER}`,
      },
    });
    service.app.get(EventHandlers).register({
      name: 'failing',
      interest:
        async () =>
        ({ type }) =>
          type === 'FAILING',
      handle: () => Promise.reject(new Error('not today')),
    });
    things = new ExampleThings(service.url);
    document = (await (await fetch(`${service.url}/openapi.json`)).json()) as OpenApi;
    ajv.addSchema(document, 'openapi');
  });
  afterAll(async () => {
    await service.close();
    await sandbox.stop();
  });

  const routes = (): Route[] =>
    Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => ({
        method: method.toUpperCase(),
        path,
        operation: operation as unknown as Route['operation'],
      })),
    );

  const named: Record<string, string> = {
    provider: 'clockify',
    name: 'clockify',
    operation: 'create_client',
    addon: 'api-studio',
  };
  const variables: Record<string, string> = {
    '/api-keys': 'apiKeyId',
    '/events': 'eventId',
    '/dead-letters': 'deadLetterId',
    '/flows': 'flowId',
    '/flow-runs': 'flowRunId',
    '/schedules': 'scheduleId',
    '/secrets': 'secretId',
    '/actions/runs': 'actionRunId',
    '/catalogue': 'catalogueId',
  };

  /** With a thing that is there, made for this request. */
  async function addressOf({ path }: Route): Promise<string> {
    const known = path.startsWith('/secrets/')
      ? path
      : path.replace(/\{(\w+)\}/g, (whole, name: string) => named[name] ?? whole);
    if (!known.includes('{')) return known;
    const make = things.make[variables[known.slice(0, known.indexOf('/{'))] ?? ''];
    if (make === undefined)
      throw new Error(`Nobody knows here what ${path} is about: add it to ExampleThings`);
    return known.replace(/\{\w+\}/, await make(path));
  }

  const unknownAddressOf = ({ path }: Route): string => path.replace(/\{\w+\}/g, UNKNOWN);

  function send({ method, path }: Route, address: string, { headers = {}, body }: Sent): Promise<Response> {
    const own = path.startsWith('/webhooks/')
      ? { 'X-Webhook-Secret': EXAMPLE_SECRET }
      : { Authorization: `Bearer ${EXAMPLE_KEY}` };
    return fetch(service.url + address, {
      method,
      headers: { ...own, ...(body === undefined ? {} : { 'Content-Type': JSON_TYPE }), ...headers },
      ...(body === undefined ? {} : { body }),
    });
  }

  /** What is wrong with an answer by what the document says of the route: nothing, or a text. */
  async function faultOf(
    { method, path, operation }: Route,
    response: Response,
  ): Promise<string | undefined> {
    const said = operation.responses[String(response.status)];
    const text = await response.text();
    if (said === undefined) return `${response.status} is not documented: ${text.slice(0, 300)}`;
    const media = (response.headers.get('content-type') ?? '').split(';')[0] ?? '';
    if (media !== JSON_TYPE) return undefined;
    if (said.content?.[JSON_TYPE]?.schema === undefined)
      return `${response.status} is documented without a body`;
    const steps = ['paths', path, method.toLowerCase(), 'responses', String(response.status)];
    const pointer = [...steps, 'content', JSON_TYPE, 'schema'].map((step) =>
      encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1')),
    );
    const check = ajv.compile({ $ref: `openapi#/${pointer.join('/')}` });
    return check(JSON.parse(text)) ? undefined : `${text.slice(0, 300)} ${ajv.errorsText(check.errors)}`;
  }

  async function token(): Promise<string> {
    const action = {
      integration: 'clockify',
      operation: 'create_client',
      params: { workspaceId: WORKSPACE, body: { name: 'X' } },
    };
    const caller = { name: 'reader', keyId: 'key:reader' };
    return (await service.app.get(Confirmations).ask(action, caller)).token;
  }

  /** The example of a schedule names the flow that is the example of a flow, of which there may be one. */
  async function keepOneFlow(name: string): Promise<void> {
    const { items } = (await things.call('GET', '/flows?limit=200')).body.data;
    for (const flow of items) if (flow.name === name) await things.call('DELETE', `/flows/${flow.id}`);
    await things.call('POST', '/flows', { name, steps: [{ wait: 'PT1H' }] });
  }

  /** A name stands for one valid key. */
  async function revokeAll(): Promise<void> {
    const { items } = (await things.call('GET', '/api-keys?limit=200')).body.data;
    for (const { id } of items) await things.call('DELETE', `/api-keys/${id}`);
  }

  async function expectSuccess(route: Route, value: unknown, from: string): Promise<void> {
    // A client's name is taken once it is there, and several of the examples make the same.
    for (const { id } of sandbox.list('clients')) sandbox.state.remove(WORKSPACE, 'clients', id);
    if (route.path === '/api-keys') await revokeAll();
    if (route.path === '/schedules') await keepOneFlow('Say hello');
    const address = await addressOf(route);
    const body = value === undefined ? {} : { body: JSON.stringify(value) };
    const response = await send(route, address, body);
    const label = `${title(route)}, ${from}`;
    expect([label, response.ok, response.ok ? '' : await response.clone().text()]).toEqual([label, true, '']);
    expect([label, await faultOf(route, response)]).toEqual([label, undefined]);
  }

  it('has an operation id for each route that says what it does, and none twice', () => {
    const ids = routes().map(({ operation }) => operation.operationId);
    expect(ids.filter((id) => !/^[a-z]+[A-Z][A-Za-z]+$/.test(id))).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
    // Clients are generated with these names: to change one breaks them.
    expect(ids).toEqual(expect.arrayContaining(STABLE_IDS));
  });

  it('each body that is shown does what it says, and is answered as documented', async () => {
    let count = 0;
    for (const route of routes()) {
      const media = route.operation.requestBody?.content[JSON_TYPE];
      if (media === undefined) continue;
      expect([title(route), Object.keys(media.examples ?? {}).length > 0]).toEqual([title(route), true]);
      const check = ajv.compile({ ...media.schema, components: document.components });
      for (const [name, { value }] of Object.entries(media.examples ?? {})) {
        expect([title(route), name, check(value) ? null : check.errors]).toEqual([title(route), name, null]);
        const isToken = JSON.stringify(value) === '{"confirm":"cbc_…"}';
        await expectSuccess(route, isToken ? { confirm: await token() } : value, name);
        count += 1;
      }
    }
    expect(count).toBeGreaterThan(18);
  });

  it('what Swagger makes of each body by itself works, too', async () => {
    for (const route of routes()) {
      const media = route.operation.requestBody?.content[JSON_TYPE];
      if (media?.schema === undefined) continue;
      for (const shown of [media, { schema: media.schema }])
        await expectSuccess(route, swaggerExample(document, shown), 'as Swagger shows it');
    }
  });

  it('every route without a body is answered as documented', async () => {
    for (const route of routes()) {
      if (route.operation.requestBody !== undefined || route.path === '/events/stream') continue;
      await expectSuccess(route, undefined, 'without a body');
    }
  });

  it('every error that is shown is one of its status, in the shape of errors', () => {
    const shown = routes().flatMap((route) =>
      Object.entries(route.operation.responses)
        .filter(([status]) => Number(status) >= 400 && !(route.path === '/readyz' && status === '503'))
        .map(([status, response]) => ({ route, status, media: response.content?.[JSON_TYPE] })),
    );
    expect(shown.length).toBeGreaterThan(200);
    for (const { route, status, media } of shown) {
      const label = `${title(route)} ${status}`;
      const check = ajv.compile({ ...media?.schema, components: document.components });
      const examples = Object.entries(media?.examples ?? {});
      expect([label, examples.length > 0]).toEqual([label, true]);
      for (const [code, { value }] of examples) {
        expect([label, check(value) ? null : check.errors]).toEqual([label, null]);
        expect([label, (value as { error: { code: string } }).error.code]).toEqual([label, code]);
        const expected = status === '504' ? 502 : Number(status);
        expect([label, ERROR_STATUS[code as ErrorCode]]).toEqual([label, expected]);
      }
    }
  });

  /** Ways to be refused that each route which documents the status must know. */
  const refusals: [number, (route: Route) => boolean, (route: Route) => Promise<Response>][] = [
    [
      401,
      () => true,
      (route) =>
        send(route, unknownAddressOf(route), {
          headers: { Authorization: 'Bearer wrong', 'X-Webhook-Secret': 'wrong' },
        }),
    ],
    [
      403,
      ({ operation }) => operation['x-role'] !== undefined && operation['x-role'] !== 'viewer',
      (route) => send(route, unknownAddressOf(route), { headers: { Authorization: `Bearer ${VIEWER}` } }),
    ],
    // Setting a secret makes it where there is none.
    [
      404,
      ({ path, operation }) => path.includes('{') && operation.operationId !== 'setSecret',
      (route) => send(route, unknownAddressOf(route), bodyFor(route)),
    ],
    [
      415,
      () => true,
      async (route) =>
        send(route, await addressOf(route), { body: 'x', headers: { 'Content-Type': 'text/plain' } }),
    ],
    [
      413,
      () => true,
      async (route) => send(route, await addressOf(route), { body: `"${'x'.repeat(12 * 1024 * 1024)}"` }),
    ],
    [
      400,
      ({ operation }) => operation.requestBody !== undefined,
      async (route) => send(route, await addressOf(route), { body: '{"half":' }),
    ],
  ];

  function bodyFor({ operation }: Route): Sent {
    const [first] = Object.values(operation.requestBody?.content[JSON_TYPE]?.examples ?? {});
    return first === undefined ? {} : { body: JSON.stringify(first.value) };
  }

  it.each(refusals)('%i is answered as documented wherever it is', async (status, isMeant, refuse) => {
    const asked = routes().filter(
      (route) => route.operation.responses[String(status)] !== undefined && isMeant(route),
    );
    // A delivery is bytes to its source: what type it is said to have is nobody's matter, and an unknown source is 404.
    const meant = asked.filter(
      ({ path }) => !path.startsWith('/webhooks/') || status === 413 || status === 404,
    );
    expect(meant.length).toBeGreaterThan(4);
    for (const route of meant) {
      const response = await refuse(route);
      const label = title(route);
      expect([label, response.status]).toEqual([label, status]);
      expect([label, await faultOf(route, response)]).toEqual([label, undefined]);
    }
  });
});

const STABLE_IDS = [
  'createApiKey',
  'listApiKeys',
  'getApiKey',
  'revokeApiKey',
  'listIntegrations',
  'listOperations',
  'getOperation',
  'parseAction',
  'runAction',
  'listActionRuns',
  'getActionRun',
  'listEvents',
  'followEvents',
  'replayEvents',
  'getEvent',
  'replayEvent',
  'listDeadLetters',
  'redriveDeadLetters',
  'redriveDeadLetter',
  'createFlow',
  'validateFlow',
  'listFlows',
  'getFlow',
  'listFlowVersions',
  'replaceFlow',
  'changeFlow',
  'deleteFlow',
  'enableFlow',
  'disableFlow',
  'runFlow',
  'listRunsOfFlow',
  'backtestFlow',
  'listFlowRuns',
  'getFlowRun',
  'cancelFlowRun',
  'retryFlowRun',
  'replayFlowRun',
  'receiveDelivery',

  'createSchedule',
  'listSchedules',
  'getSchedule',
  'listScheduleRuns',
  'changeSchedule',
  'deleteSchedule',
  'runSchedule',
  'getLiveness',
  'getReadiness',
  'getMetrics',
];
