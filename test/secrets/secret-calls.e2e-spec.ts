import { sendJson } from '../support/http-server.js';
import { until } from '../support/until.js';
import {
  everythingKept,
  HEADER_VALUE,
  OPERATOR,
  type SecretApp,
  startSecretApp,
  tracesOf,
  VALUE,
  VIEWER,
} from './secret-app.js';

const BEARER = { headers: { authorization: 'Bearer {{ secrets.token }}' } };

describe('a secret in a flow', () => {
  let app: SecretApp;
  beforeAll(async () => {
    app = await startSecretApp();
  });
  afterAll(() => app.close());
  beforeEach(async () => {
    app.target.received.length = 0;
    app.onCall.answer = (_request, response) => sendJson(response, { fine: true });
    await app.setSecret('token', HEADER_VALUE);
  });

  const everything = async (): Promise<string> => (await everythingKept(app)) + JSON.stringify(app.logs);

  it('is sent, and stands nowhere but in what was sent', async () => {
    await app.setSecret('other', VALUE);
    const body = { list: ['{{ payload.missing }}', 'a {{secrets.other}} b {{ secrets.token }}'] };
    const id = await app.createFlow({ ...BEARER, body, query: { key: '{{ secrets.other }}' } });
    const run = await app.run(id);
    expect(run).toMatchObject({ status: 'succeeded' });
    const [sent] = app.target.received;
    expect(sent?.headers['authorization']).toBe(`Bearer ${HEADER_VALUE}`);
    expect(JSON.parse(String(sent?.body))).toEqual({ list: [`a ${VALUE} b ${HEADER_VALUE}`] });
    expect(new URL(sent?.url ?? '', app.target.url).searchParams.get('key')).toBe(VALUE);
    expect(run.steps[0]?.input).toMatchObject({
      ...BEARER,
      body: { list: ['a {{ secrets.other }} b {{ secrets.token }}'] },
    });
    const runs = await app.send('get', '/actions/runs?limit=1');
    expect(JSON.stringify(runs.body)).toContain('Bearer {{ secrets.token }}');
    const kept = await everything();
    for (const trace of [...tracesOf(VALUE), ...tracesOf(HEADER_VALUE)]) expect(kept).not.toContain(trace);
    expect(kept).toContain('{{ secrets.token }}');
  });

  it('is taken out of what the target answers, however it is written', async () => {
    await app.setSecret('other', VALUE);
    const escaped = JSON.stringify(VALUE);
    const base64 = (text: string): string => Buffer.from(text).toString('base64');
    app.onCall.answer = (_request, response) =>
      sendJson(
        response,
        {
          plain: VALUE,
          json: escaped,
          twice: JSON.stringify(escaped),
          url: encodeURIComponent(VALUE),
          form: new URLSearchParams({ a: VALUE }).toString(),
          base64: [base64(VALUE), base64(`a${VALUE}b`), base64(`ab${VALUE}`), base64(`user:${VALUE}`)],
          base64url: Buffer.from(VALUE).toString('base64url'),
          hex: Buffer.from(VALUE).toString('hex').toUpperCase(),
          [VALUE]: 'as a key',
        },
        200,
        { 'x-echo': encodeURIComponent(VALUE) },
      );
    const id = await app.createFlow({ body: { key: '{{ secrets.other }}' } });
    const run = await app.run(id);
    const { output } = run.steps[0] ?? {};
    const text = JSON.stringify(output);
    expect(output).toMatchObject({
      headers: { 'x-echo': '[secret other]' },
      body: { plain: '[secret other]', url: '[secret other]', '[secret other]': 'as a key' },
    });
    expect(text.match(/\[secret other\]/g)?.length).toBeGreaterThanOrEqual(12);
    const kept = text + (await everything());
    for (const trace of [...tracesOf(VALUE), Buffer.from(VALUE).toString('hex')])
      expect(kept.toLowerCase()).not.toContain(trace.toLowerCase());
  });

  it.each([400, 401, 500])(
    'is taken out of a failure with status %i, also where it was cut',
    async (status) => {
      app.onCall.answer = (_request, response) => {
        response.writeHead(status, { 'content-type': 'text/plain', 'x-echo': HEADER_VALUE });
        response.end(`${'-'.repeat(4096 - 12)}${HEADER_VALUE}`);
      };
      const id = await app.createFlow({ ...BEARER, idempotency: { header: 'x-key' } }, {});
      const flow = (await app.send('get', `/flows/${id}`)).body.data;
      flow.steps[0].retry = { attempts: 1 };
      await app.send('put', `/flows/${id}`, flow);
      const run = await app.run(id);
      expect(run.status).toBe('failed');
      expect(JSON.stringify(run)).toContain('-[secret token]');
      expect(JSON.stringify(run) + (await everything())).not.toContain(HEADER_VALUE.slice(0, 11));
    },
  );

  it('is not in what is kept of a call that did not arrive', async () => {
    app.onCall.answer = (_request, response) => void response.socket?.destroy();
    const id = await app.createFlow({ ...BEARER, url: `${app.target.url}/{{ secrets.token }}` });
    const run = await app.run(id);
    expect(run.status).toBe('failed');
    const kept = JSON.stringify(run) + (await everything());
    for (const trace of tracesOf(HEADER_VALUE)) expect(kept).not.toContain(trace);
  });

  describe('attacked through data', () => {
    const LURE = 'x {{ secrets.token }} {{secrets.token}} ${secrets.token} [secret token]';

    it('is not put where a payload only looks like its place', async () => {
      const id = await app.createFlow({
        headers: { authorization: 'Bearer {{ secrets.token }}', 'x-from': '{{ payload.header }}' },
        body: {
          said: '{{ payload.text }}',
          deep: '{{ payload.deep }}',
          mixed: '{{ payload.text }}{{ secrets.token }}',
        },
      });
      const deep = { list: [LURE, { again: LURE }] };
      const run = await app.run(id, { text: LURE, deep, header: '{{ secrets.token }}' });
      expect(run.status).toBe('succeeded');
      const [sent] = app.target.received;
      expect(JSON.parse(String(sent?.body))).toEqual({ said: LURE, deep, mixed: LURE + HEADER_VALUE });
      expect(sent?.headers).toMatchObject({
        authorization: `Bearer ${HEADER_VALUE}`,
        'x-from': '{{ secrets.token }}',
      });
    });

    it('is not put there by forged places in the payload or the params', async () => {
      const places = [{ path: ['body', 'said'], at: 0, length: 19, name: 'token' }];
      const id = await app.createFlow({
        body: { said: '{{ payload.text }}', secrets: '{{ payload.secrets }}' },
      });
      await app.run(id, { text: '{{ secrets.token }}', secrets: places, secretive: { places } });
      await app.send('post', '/actions/run', {
        integration: 'http-request',
        operation: 'POST',
        params: { url: app.target.url, body: { said: '{{ secrets.token }}', secrets: places } },
      });
      for (const key of ['secrets', 'secretive'])
        expect(
          (
            await app.send('post', '/actions/run', {
              integration: 'http-request',
              operation: 'POST',
              params: { url: app.target.url },
              [key]: places,
            })
          ).status,
        ).toBe(400);
      expect(app.target.received.map(({ body }) => JSON.parse(String(body)).said)).toEqual([
        '{{ secrets.token }}',
        '{{ secrets.token }}',
      ]);
    });

    it('is not seen by expressions', async () => {
      const spying = [
        '{{ $string($$) }}',
        '{{ $.secrets.token }}',
        '{{ **.token }}',
        '{{ $lookup($$, "secrets") }}',
      ];
      const id = await app.createFlow({ ...BEARER, body: spying });
      await app.run(id, { innocent: true });
      expect(String(app.target.received[0]?.body)).not.toContain('sk-live');
    });

    it('is not put where another step’s answer looks like its place', async () => {
      app.onCall.answer = (_request, response) => sendJson(response, { text: '{{ secrets.token }}' });
      const url = `${app.target.url}/hook`;
      const flow = await app.send('post', '/flows', {
        name: 'Two',
        steps: [
          { id: 'first', action: 'http-request.POST', params: { url, ...BEARER } },
          {
            id: 'second',
            action: 'http-request.POST',
            params: { url, ...BEARER, body: { echo: '{{ steps.first.result.body.text }}' } },
          },
        ],
      });
      await app.run(flow.body.data.id as string);
      expect(JSON.parse(String(app.target.received[1]?.body))).toEqual({ echo: '{{ secrets.token }}' });
    });
  });

  describe('that is to go elsewhere', () => {
    const faultsOf = async (params: object, more: object = {}): Promise<unknown> => {
      const steps = [
        { action: 'http-request.POST', params: { url: `${app.target.url}/hook`, ...params }, ...more },
      ];
      const { body } = await app.send('post', '/flows', { name: 'Steals', steps });
      return body.error?.details;
    };

    it('is refused when the flow is saved', async () => {
      const place = 'steps[0].params.headers.authorization';
      const encrypted = app.target.url.replace('http:', 'https:');
      for (const [url, host] of [
        [encrypted, new URL(encrypted).host],
        ['http://evil.example/', 'http://evil.example'],
      ])
        expect(await faultsOf({ url, ...BEARER })).toEqual([
          { path: place, message: `the secret token may not go to ${host}: its allowedHosts do not name it` },
        ]);
      expect(await faultsOf({ url: 'https://evil.example/', ...BEARER })).toEqual([
        {
          path: place,
          message: 'the secret token may not go to evil.example: its allowedHosts do not name it',
        },
      ]);
      expect(await faultsOf({ headers: { authorization: '{{ secrets.unknown }}' } })).toEqual([
        { path: place, message: 'there is no secret unknown' },
      ]);
      await app.setSecret('careful', HEADER_VALUE, { allowedParams: ['headers'] });
      expect(await faultsOf({ body: { key: '{{ secrets.careful }}' } })).toEqual([
        {
          path: 'steps[0].params.body.key',
          message:
            'the secret careful may stand in headers only, not in body: its allowedParams do not name it',
        },
      ]);
      const slack = [
        { action: 'slack.post_message', params: { channel: '#x', text: '{{ secrets.token }}' } },
      ];
      expect((await app.send('post', '/flows', { name: 'S', steps: slack })).body.error.details).toEqual([
        {
          path: 'steps[0].params.text',
          message: 'the secret token may not be used with slack: its allowedIntegrations do not name it',
        },
      ]);
    });

    it.each([
      ['another host', 'http://localhost:{{ payload.port }}/'],
      ['another port', 'http://127.0.0.1:{{ payload.other }}/'],
      ['a user before the host', 'http://127.0.0.1@{{ payload.host }}/'],
      ['a host of the payload', '{{ payload.url }}'],
      ['a host that ends elsewhere', 'http://{{ payload.host }}.evil.example/'],
    ])('is not sent to %s that only shows when it runs', async (_what, url) => {
      const id = await app.createFlow({ url, ...BEARER });
      const { port } = app.target;
      const run = await app.run(id, {
        port,
        other: port + 1,
        host: app.host,
        url: `http://localhost:${port}/`,
      });
      expect(run.status).toBe('failed');
      expect(app.target.received).toEqual([]);
    });

    it('is sent to a host of the payload that is allowed', async () => {
      const id = await app.createFlow({ url: '{{ payload.url }}', ...BEARER });
      expect(await app.run(id, { url: `${app.target.url}/x` })).toMatchObject({ status: 'succeeded' });
    });

    it('cannot name the host itself', async () => {
      await app.setSecret('where', `${new URL(app.host).host}/hidden`);
      for (const url of [
        'http://{{ secrets.where }}/',
        'http://{{ secrets.where }}.evil.example/',
        '{{ secrets.where }}',
      ]) {
        const run = await app.run(await app.createFlow({ url }));
        expect(run.status).toBe('failed');
      }
      expect(app.target.received).toEqual([]);
    });

    it('breaks no header', async () => {
      await app.setSecret('lines', 'first line\r\nx-injected: yes');
      const run = await app.run(await app.createFlow({ headers: { authorization: '{{ secrets.lines }}' } }));
      expect(run).toMatchObject({ status: 'failed', error: { code: 'validation_error' } });
      expect(JSON.stringify(run) + (await everything())).not.toContain('x-injected');
      expect(app.target.received).toEqual([]);
    });

    it.each([
      ['a condition', { conditions: 'secrets.token = "x"' }],
      ['a field of a condition', { conditions: { field: 'secrets.token', operator: '==', value: 'x' } }],
      ['a transform', { steps: [{ transform: '{{ secrets.token }}' }] }],
      ['a message of a stop', { steps: [{ stop: { status: 'failed', message: '{{ secrets.token }}' } }] }],
      ['a list to go through', { steps: [{ for_each: '{{ secrets.token }}', steps: [{ stop: true }] }] }],
      ['the input of a called flow', { steps: [{ call_flow: 'x', input: { a: '{{ secrets.token }}' } }] }],
      [
        'an expression',
        { steps: [{ action: 'http-request.GET', params: { url: '{{ "x" & secrets.token }}' } }] },
      ],
    ])('is refused in %s, with the place', async (_what, part) => {
      const steps = [{ transform: 1 }];
      const { status, body } = await app.send('post', '/flows', { name: 'Misuse', steps, ...part });
      expect(status).toBe(400);
      expect(JSON.stringify(body.error.details)).toMatch(
        /"path":"(conditions|steps\[0\])[^"]*","message":"(a secret can|secrets can)/,
      );
    });
  });

  it('is used in its newest value by the next call, under load, and by the repetition of one that failed', async () => {
    const versions = Array.from({ length: 12 }, (_, n) => `value-number-${n}-of-the-token`);
    await app.setSecret('token', versions[0] ?? '');
    const id = await app.createFlow(BEARER);
    let current = 0;
    const running = (async () => {
      for (let n = 0; n < 60; n++) {
        const least = current;
        const before = app.target.received.length;
        const answer = await app.send('post', '/actions/run', {
          integration: 'http-request',
          operation: 'GET',
          params: { url: app.target.url, ...BEARER },
          secretsIn: ['headers'],
        });
        expect(answer.status).toBe(200);
        const sent = app.target.received.slice(before).map(({ headers }) => headers['authorization']);
        expect(versions.slice(least).map((version) => `Bearer ${version}`)).toEqual(
          expect.arrayContaining(sent),
        );
      }
    })();
    for (current = 0; current < versions.length - 1;) {
      await app.setSecret('token', versions[current + 1] ?? '');
      current++;
    }
    await running;
    app.onCall.answer = (_request, response) => {
      const isFirst = app.target.received.length === 1;
      if (!isFirst) return sendJson(response, { fine: true });
      return void app
        .setSecret('token', 'the-value-after-the-failure')
        .then(() => sendJson(response, {}, 503));
    };
    app.target.received.length = 0;
    const flow = (await app.send('get', `/flows/${id}`)).body.data;
    flow.steps[0] = { ...flow.steps[0], action: 'http-request.PUT', retry: { attempts: 2, delay: 'PT0S' } };
    flow.steps[0].params.idempotency = { header: 'x-key' };
    expect((await app.send('put', `/flows/${id}`, flow)).status).toBe(200);
    expect(await app.run(id)).toMatchObject({ status: 'succeeded' });
    expect(app.target.received.map(({ headers }) => headers['authorization'])).toEqual([
      `Bearer ${versions.at(-1)}`,
      'Bearer the-value-after-the-failure',
    ]);
  });

  it('that was deleted fails the step, says so, and sends nothing', async () => {
    await app.setSecret('gone', HEADER_VALUE);
    const id = await app.createFlow({ headers: { authorization: '{{ secrets.gone }}' } });
    expect((await app.send('delete', '/secrets/gone?force=true')).status).toBe(204);
    expect(await app.run(id)).toMatchObject({
      status: 'failed',
      error: { details: [{ path: 'params.headers.authorization', message: 'there is no secret gone' }] },
    });
    expect(app.target.received).toEqual([]);
  });

  it('stays a placeholder in a back-test, and what an event brings stays text beside it', async () => {
    const id = await app.createFlow(
      { ...BEARER, body: '{{ payload.text }}' },
      { trigger: { source: 'clockify' }, enabled: false },
    );
    const delivered = await fetch(`${app.url}/webhooks/clockify`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-webhook-secret': 'secret-of-the-webhook',
        'clockify-webhook-event-type': 'NEW_CLIENT',
      },
      body: JSON.stringify({ id: 'c1', text: '{{ secrets.token }}' }),
    });
    expect(delivered.status).toBe(200);
    const range = { from: '2000-01-01T00:00:00Z', to: '2100-01-01T00:00:00Z' };
    const { body } = await app.send('post', `/flows/${id}/backtest`, range);
    expect(body.data.runs).toMatchObject([
      {
        status: 'succeeded',
        calls: [
          {
            params: { ...BEARER, body: '{{ secrets.token }}' },
            request: { headers: { authorization: 'Bearer {{ secrets.token }}' } },
          },
        ],
      },
    ]);
    expect(app.target.received).toEqual([]);
  });

  it('stays a placeholder in a dry run and a version', async () => {
    const id = await app.createFlow({
      ...BEARER,
      url: `${app.target.url}/a/{{ secrets.token }}`,
      query: { t: '{{ secrets.token }}' },
    });
    const dry = await app.send('post', '/actions/run?dry_run=true', {
      integration: 'http-request',
      operation: 'GET',
      params: {
        url: `${app.target.url}/a/{{ secrets.token }}`,
        query: { t: '{{ secrets.token }}' },
        ...BEARER,
      },
      secretsIn: ['headers', 'url', 'query'],
    });
    expect(dry.body.request).toMatchObject({
      url: `${app.target.url}/a/{{ secrets.token }}?t={{ secrets.token }}`,
      headers: { authorization: 'Bearer {{ secrets.token }}' },
    });
    const version = await app.send('get', `/flows/${id}?version=1`);
    expect(JSON.stringify(version.body)).toContain('Bearer {{ secrets.token }}');
    expect(app.target.received).toEqual([]);
  });

  describe('in a request to run an action', () => {
    const action = (more: object = {}) => ({
      integration: 'http-request',
      operation: 'POST',
      params: { url: app.target.url, ...BEARER, body: { text: '{{ secrets.token }}' } },
      ...more,
    });

    it('is meant only where the request says so', async () => {
      await app.send('post', '/actions/run', action());
      await app.send('post', '/actions/run', action({ secretsIn: ['headers.authorization'] }));
      expect(
        app.target.received.map(({ headers, body }) => [
          headers['authorization'],
          JSON.parse(String(body)).text,
        ]),
      ).toEqual([
        ['Bearer {{ secrets.token }}', '{{ secrets.token }}'],
        [`Bearer ${HEADER_VALUE}`, '{{ secrets.token }}'],
      ]);
      const nowhere = await app.send('post', '/actions/run', action({ secretsIn: ['query'] }));
      expect(nowhere.body.error.details[0].path).toBe('secretsIn[0]');
    });

    it.each([OPERATOR, VIEWER])('is refused to %s', async (key) => {
      expect((await app.send('post', '/actions/run', action({ secretsIn: ['headers'] }), key)).status).toBe(
        403,
      );
      const schedule = { ...action({ secretsIn: ['headers'] }), every: 'PT1H' };
      expect((await app.send('post', '/schedules', schedule, key)).status).toBe(403);
      expect(app.target.received).toEqual([]);
    });

    it('does not go to another host', async () => {
      const params = { url: 'http://localhost:1/', ...BEARER };
      const { status, body } = await app.send(
        'post',
        '/actions/run',
        action({ params, secretsIn: ['headers'] }),
      );
      expect({ status, body }).toMatchObject({
        status: 403,
        body: { error: { details: [{ path: 'params.headers.authorization' }] } },
      });
    });

    it('is told apart by its text for an idempotency key, whatever its value is', async () => {
      const keyed = (more: object): Promise<{ status: number; headers: Record<string, string> }> =>
        fetch(`${app.url}/actions/run`, {
          method: 'POST',
          headers: {
            authorization: 'Bearer key-of-the-admin',
            'content-type': 'application/json',
            'idempotency-key': 'once',
          },
          body: JSON.stringify(action(more)),
        }).then(({ status, headers }) => ({ status, headers: Object.fromEntries(headers) }));
      expect(await keyed({ secretsIn: ['headers'] })).toMatchObject({ status: 200 });
      await app.setSecret('token', 'rotated-in-between');
      expect(await keyed({ secretsIn: ['headers'] })).toMatchObject({
        status: 200,
        headers: { 'idempotency-replayed': 'true' },
      });
      expect((await keyed({})).status).toBe(409);
      expect(app.target.received).toHaveLength(1);
    });
  });

  it('is sent by a schedule, whose runs and lists have its place alone', async () => {
    const params = { url: app.target.url, ...BEARER, body: { text: '{{ secrets.token }}' } };
    const schedule = {
      integration: 'http-request',
      operation: 'POST',
      params,
      secretsIn: ['headers'],
      every: 'PT1H',
    };
    const made = await app.send('post', '/schedules', schedule);
    expect(made.body.data).toMatchObject({ params, secretsIn: ['headers'] });
    const id = made.body.data.id as string;
    await app.send('post', `/schedules/${id}/run`);
    await until(() => app.target.received[0]);
    expect(app.target.received[0]?.headers['authorization']).toBe(`Bearer ${HEADER_VALUE}`);
    expect(JSON.parse(String(app.target.received[0]?.body))).toEqual({ text: '{{ secrets.token }}' });
    const users = (await app.send('get', '/secrets/token')).body.data.usedBy as object[];
    expect(users).toContainEqual({ kind: 'schedule', id, name: null });
    const other = { ...schedule, params: { ...params, url: 'http://localhost:1/' } };
    expect((await app.send('post', '/schedules', other)).status).toBe(403);
    expect(await everything()).not.toContain(HEADER_VALUE.slice(0, 10));
  });
});
