import { randomUUID } from 'node:crypto';
import { IntegrationError } from '../../src/integrations/integration-error.js';
import { startActionsApp, type ActionsApp } from '../support/actions-app.js';
import { type Answer, callJson, type OpenApi, type Operation } from '../support/openapi-document.js';
import { until } from '../support/until.js';

const SECRET = 'the-webhook-secret';
const ULID = '01K8Z5D8V3QGZ1N7X0T4W6Y2AB';
const LONGEST = 255;

/** A request that a route takes, and one that asks it for something else. */
interface Recipe {
  path: string;
  body: object;
  other: object;
}

describe('every route of the OpenAPI document that takes an Idempotency-Key', () => {
  let service: ActionsApp;
  let document: OpenApi;
  let recipes: ReadonlyMap<string, Recipe>;

  const post = (path: string, body: object, key?: string): Promise<Answer> =>
    callJson(service.url + path, {
      method: 'POST',
      body,
      headers: key === undefined ? {} : { 'Idempotency-Key': key },
    });
  const made = async (path: string, body: object): Promise<{ id: string }> =>
    (await post(path, body)).body.data;

  beforeAll(async () => {
    service = await startActionsApp({ env: { WEBHOOK_SHARED_SECRET: SECRET } });
    document = (await callJson(`${service.url}/openapi.json`)).body as OpenApi;
    const steps = [{ wait: 'PT1H' }];
    const flow = await made('/flows', { name: 'Waits', steps });
    const { run } = (await post(`/flows/${flow.id}/run`, {})).body.data;
    const schedule = await made('/schedules', { every: 'PT24H', flow: flow.id });
    const delivered = await callJson(`${service.url}/webhooks/clockify`, {
      method: 'POST',
      body: { id: 'a', workspaceId: 'w' },
      headers: { 'X-Webhook-Secret': SECRET },
    });
    const event = delivered.body.data.eventId as string;
    await until(async () => (await callJson(`${service.url}/events/${event}`)).body.data.status === 'done');
    const action = { integration: 'clockify', operation: 'get_user', params: {} };
    recipes = new Map([
      [
        '/actions/run',
        { path: '/actions/run', body: action, other: { ...action, operation: 'list_workspaces' } },
      ],
      ['/events/replay', { path: '/events/replay', body: { source: 'nobody' }, other: { source: 'else' } }],
      ['/events/{id}/replay', { path: `/events/${event}/replay`, body: {}, other: {} }],
      ['/flows/{id}/run', { path: `/flows/${flow.id}/run`, body: { payload: 1 }, other: { payload: 2 } }],
      [
        '/flow-runs/{id}/replay',
        { path: `/flow-runs/${run.id}/replay`, body: {}, other: { version: 'same' } },
      ],
      [
        '/schedules',
        {
          path: '/schedules',
          body: { every: 'PT9H', flow: flow.id },
          other: { every: 'PT8H', flow: flow.id },
        },
      ],
      ['/schedules/{id}/run', { path: `/schedules/${schedule.id}/run`, body: {}, other: {} }],
    ]);
  });
  afterAll(() => service.close());

  const routes = (): [string, Operation][] =>
    Object.entries(document.paths)
      .flatMap(([path, item]) =>
        Object.values(item).map((operation): [string, Operation] => [path, operation]),
      )
      .filter(([, { parameters = [] }]) => parameters.some(({ name }) => name === 'Idempotency-Key'));
  const addressOf = (path: string): string => recipes.get(path)?.path ?? path.replace(/\{\w+\}/g, ULID);

  it('is known here, and says the same of the key and of a repeat', () => {
    expect(routes().map(([path]) => path)).toEqual(expect.arrayContaining([...recipes.keys()]));
    const rules = routes().map(([, { parameters = [] }]) =>
      parameters.find(({ name }) => name === 'Idempotency-Key'),
    );
    expect(new Set(rules.map((rule) => JSON.stringify(rule))).size).toBe(1);
    for (const [path, { responses }] of routes()) {
      const success = Object.entries(responses).find(([status]) => status.startsWith('2'))?.[1];
      expect([path, Object.keys(success?.headers ?? {})]).toEqual([path, ['Idempotency-Replayed']]);
      expect([path, Object.keys(responses)]).toEqual([path, expect.arrayContaining(['400', '409'])]);
    }
  });

  it.each(['', 'with space', 'k'.repeat(LONGEST + 1), 'schlüssel', 'tab\tin it'])(
    'refuses the key %j with one answer',
    async (key) => {
      for (const [path] of routes()) {
        const { body } = recipes.get(path) ?? { body: {} };
        const { status, body: answer } = await post(addressOf(path), body, key);
        const message = 'must be 1 to 255 printable ASCII characters without spaces';
        expect([path, status, answer.error]).toEqual([
          path,
          400,
          {
            code: 'validation_error',
            message: `Idempotency-Key ${message}`,
            details: [{ path: 'Idempotency-Key', message }],
          },
        ]);
      }
    },
  );

  it('does what is asked once, and gives repeats the first answer, marked as such', async () => {
    for (const [path, { path: address, body }] of recipes) {
      const key = `${randomUUID()}!~"${'x'.repeat(LONGEST - 39)}`;
      expect(key).toHaveLength(LONGEST);
      const [first, again] = [await post(address, body, key), await post(address, body, key)];
      expect([path, first.status, first.body.ok]).toEqual([path, first.status, true]);
      expect([path, again.status]).toEqual([path, first.status]);
      const { requestId: _one, ...said } = first.body;
      const { requestId: _other, ...repeated } = again.body;
      expect([path, repeated]).toEqual([path, said]);
      const marks = [first, again].map(({ headers }) => headers.get('idempotency-replayed'));
      expect([path, marks]).toEqual([path, [null, 'true']]);
    }
  });

  it('refuses another request with a used key, on the same route or another', async () => {
    const shared = randomUUID();
    for (const [path, { path: address, body, other }] of recipes) {
      const key = randomUUID();
      const bodies = JSON.stringify(body) === JSON.stringify(other) ? [] : [other];
      await post(address, body, key);
      for (const another of bodies) {
        const { status, body: answer } = await post(address, another, key);
        expect([path, status, answer.error]).toEqual([
          path,
          409,
          { code: 'conflict', message: 'This Idempotency-Key was used with another request' },
        ]);
      }
      // The journal of actions has its own keys; all others are one set.
      if (path === '/actions/run') continue;
      const answer = await post(address, body, shared);
      if (path === '/events/replay') expect([path, answer.status]).toEqual([path, 200]);
      else expect([path, answer.status, answer.body.error?.code]).toEqual([path, 409, 'conflict']);
    }
  });

  it('marks a kept refusal, too', async () => {
    service.fake.onExecute = async () => {
      throw new IntegrationError('not_found', 'There is no such client');
    };
    const key = randomUUID();
    const action = { integration: 'clockify', operation: 'anything_goes', params: {} };
    const [first, again] = [await post('/actions/run', action, key), await post('/actions/run', action, key)];
    expect([first.status, again.status]).toEqual([404, 404]);
    expect(again.body.error).toEqual(first.body.error);
    const marks = [first, again].map(({ headers }) => headers.get('idempotency-replayed'));
    expect(marks).toEqual([null, 'true']);
  });
});
