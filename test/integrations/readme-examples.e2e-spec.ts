import { ClockifySandbox } from '../clockify-sandbox/clockify-sandbox.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { calls, fails, type FakeModel, startFakeModel } from '../support/fake-model.js';

interface Answer {
  status: number;
  body: any; // oxlint-disable-line typescript/no-explicit-any -- answers of many shapes
}

/** The curl examples of the README, letter by letter, against the sandbox. */
describe('the examples of the README give the documented answers', () => {
  let sandbox: ClockifySandbox;
  let model: FakeModel;
  let service: TestApp;
  let workspaceId: string;

  beforeAll(async () => {
    sandbox = new ClockifySandbox({ user: { id: 'user123' } });
    await sandbox.start();
    workspaceId = sandbox.workspace.id;
    model = await startFakeModel();
    service = await startTestApp({
      env: {
        ...sandbox.environment,
        DEEPSEEK_API_KEY: 'sk_test_0123456789',
        LLM_BASE_URL: model.url,
        WEBHOOK_SHARED_SECRET: 'your_secret',
      },
    });
  });
  afterAll(async () => {
    await service.close();
    await model.close();
    await sandbox.stop();
  });

  async function get(path: string): Promise<Answer> {
    const response = await fetch(`${service.url}${path}`);
    return { status: response.status, body: await response.json() };
  }

  async function post(path: string, json: string, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(`${service.url}${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: json,
    });
    return { status: response.status, body: await response.json() };
  }

  const requestId = expect.stringMatching(/^[0-9A-HJKMNP-TV-Z]{26}$/);

  it('liveness', async () => {
    expect(await get('/healthz')).toEqual({
      status: 200,
      body: { ok: true, data: { status: 'healthy' }, requestId },
    });
  });

  it('readiness', async () => {
    expect(await get('/readyz')).toMatchObject({
      status: 200,
      body: {
        ok: true,
        data: { ready: true, checks: { llm: 'configured', clockify: 'configured' } },
        requestId,
      },
    });
  });

  it('parsing by rule', async () => {
    expect(await post('/actions/parse', '{"text": "clockify.get_user"}')).toEqual({
      status: 200,
      body: {
        ok: true,
        data: { integration: 'clockify', operation: 'get_user', params: {}, parser: 'rule' },
        requestId,
      },
    });
  });

  it('parsing by model, and the fallback when the model fails', async () => {
    const text = '{"text": "Get my Clockify user info"}';
    model.replies.splice(0, Infinity, calls('clockify__get_user', {}));
    expect(await post('/actions/parse?llm=true', text)).toEqual({
      status: 200,
      body: {
        ok: true,
        data: { integration: 'clockify', operation: 'get_user', params: {}, parser: 'llm' },
        requestId,
      },
    });
    model.replies.splice(0, Infinity, fails(500));
    const fallen = await post('/actions/parse?llm=true', '{"text": "clockify.get_user"}');
    expect(fallen).toMatchObject({
      status: 200,
      body: { data: { operation: 'get_user', parser: 'fallback' } },
    });
  });

  it('get user', async () => {
    const json = '{"integration": "clockify", "operation": "get_user", "params": {}}';
    expect(await post('/actions/run', json)).toMatchObject({
      status: 200,
      body: { ok: true, id: 'user123', email: 'you@example.com', requestId },
    });
  });

  it('list workspaces', async () => {
    const json = '{"integration": "clockify", "operation": "list_workspaces", "params": {}}';
    expect(await post('/actions/run', json)).toMatchObject({
      status: 200,
      body: { ok: true, workspaces: [{ id: workspaceId }], requestId },
    });
  });

  it('create client', async () => {
    const json = `{
      "integration": "clockify",
      "operation": "create_client",
      "params": {
        "workspaceId": "${workspaceId}",
        "body": {"name": "New Client", "archived": false}
      }
    }`;
    expect(await post('/actions/run', json)).toMatchObject({
      status: 200,
      body: { ok: true, id: expect.any(String), name: 'New Client', archived: false, workspaceId, requestId },
    });
    expect(sandbox.list('clients')).toMatchObject([{ name: 'New Client' }]);
  });

  it.each([
    ['get_workspace', {}, { name: 'Example Studio' }],
    ['list_clients', {}, { clients: expect.any(Array) }],
    [
      'create_time_entry',
      { body: { start: '2026-01-05T09:00:00Z', end: '2026-01-05T10:00:00Z', description: 'Planning' } },
      { description: 'Planning', timeInterval: { duration: 'PT1H' } },
    ],
  ])('the operation %s of the table', async (operation, params, expected) => {
    const action = { integration: 'clockify', operation, params: { workspaceId, ...params } };
    expect(await post('/actions/run', JSON.stringify(action))).toMatchObject({
      status: 200,
      body: { ok: true, ...expected },
    });
  });

  it('the webhook, and its duplicate', async () => {
    const headers = { 'X-Webhook-Secret': 'your_secret', 'X-Clockify-Event-Id': 'evt_12345' };
    const json = `{
      "id": "entry123",
      "userId": "user123",
      "workspaceId": "ws123",
      "timeInterval": {
        "start": "2024-01-01T10:00:00Z",
        "end": "2024-01-01T11:00:00Z"
      }
    }`;
    expect(await post('/webhooks/clockify', json, headers)).toMatchObject({
      status: 200,
      body: { ok: true, data: { received: true, duplicate: false, event: { id: 'entry123' } }, requestId },
    });
    expect(await post('/webhooks/clockify', json, headers)).toMatchObject({
      status: 200,
      body: { ok: true, data: { received: true, duplicate: true }, requestId },
    });
  });
});
