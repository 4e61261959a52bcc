import request from 'supertest';
import { IntegrationError } from '../../src/integrations/integration-error.js';
import { type ActionsApp, startActionsApp } from '../support/actions-app.js';

const WORKSPACE = '64a687e29ae1f428e7ebe303';

describe('POST /actions/run', () => {
  let service: ActionsApp;
  beforeAll(async () => {
    service = await startActionsApp();
  });
  afterAll(() => service.close());
  beforeEach(() => {
    service.fake.calls.length = 0;
    service.fake.onExecute = async (_operation, params) => ({ id: 'new', ...params });
  });

  const run = (body: object, path = '/actions/run') => request(service.url).post(path).send(body);
  const createClient = { integration: 'clockify', operation: 'create_client' };

  it('answers the fields of an object beside ok and requestId, which they never override', async () => {
    service.fake.onExecute = async () => ({
      id: 'user123',
      email: 'you@example.com',
      ok: 'no',
      requestId: 'x',
    });
    const response = await run({ integration: 'clockify', operation: 'get_user', params: {} }).expect(200);
    expect(response.body).toEqual({
      ok: true,
      id: 'user123',
      email: 'you@example.com',
      requestId: response.headers['x-request-id'],
    });
  });

  it('answers a list under its plural name', async () => {
    service.fake.onExecute = async () => [{ id: '1' }];
    const response = await run({ integration: 'clockify', operation: 'list_workspaces' }).expect(200);
    expect(response.body).toEqual({ ok: true, workspaces: [{ id: '1' }], requestId: expect.any(String) });
  });

  it.each([
    ['done', { result: 'done' }],
    [7, { result: 7 }],
    [null, { result: null }],
    [undefined, {}],
  ])('answers the scalar %j as result', async (result, fields) => {
    service.fake.onExecute = async () => result;
    const response = await run({ integration: 'clockify', operation: 'get_user' }).expect(200);
    expect(response.body).toEqual({ ok: true, ...fields, requestId: expect.any(String) });
  });

  it('puts a body given at the top level where the operation wants it', async () => {
    await run({ ...createClient, params: { workspaceId: WORKSPACE, name: 'Acme' } }).expect(200);
    await run({ text: `clockify.create_client workspaceId=${WORKSPACE} name=Acme` }).expect(200);
    const wanted = { workspaceId: WORKSPACE, body: { name: 'Acme' } };
    expect(service.fake.calls.map((call) => call.params)).toEqual([wanted, wanted]);
  });

  it('lists every fault of the params with its path before anything is called', async () => {
    const params = { body: { name: 5, archived: 'no', colour: 'red', address: { zip: 'x' } }, extra: 1 };
    const response = await run({ ...createClient, params }).expect(400);
    expect(response.body.error.code).toBe('validation_error');
    expect(response.body.error.details.map((fault: { path: string }) => fault.path).sort()).toEqual([
      'params.body.address.zip',
      'params.body.archived',
      'params.body.colour',
      'params.body.extra',
      'params.body.name',
      'params.workspaceId',
    ]);
    expect(service.fake.calls).toEqual([]);
  });

  it('suggests names for an unknown integration or operation', async () => {
    const integration = await run({ integration: 'clokify', operation: 'get_user' }).expect(404);
    expect(integration.body.error).toMatchObject({
      code: 'not_found',
      details: { suggestions: ['clockify'] },
    });
    const operation = await run({ integration: 'clockify', operation: 'create_clients' }).expect(404);
    expect(operation.body.error.code).toBe('not_found');
    expect(JSON.stringify(operation.body.error.details.suggestions)).toContain('create_client');
  });

  it.each([
    [{}],
    [{ integration: 'clockify' }],
    [{ operation: 'get_user' }],
    [{ integration: 'clockify', operation: 'get_user', params: [] }],
    [{ integration: 'clockify', operation: 'get_user', params: 'x' }],
    [{ integration: 'clockify', operation: 'get_user', llm: true }],
    [{ integration: 'clockify', operation: 'get_user', text: 'clockify.get_user' }],
    [{ text: 'clockify.get_user', params: {} }],
    [{ text: '' }],
    [{ text: 'clockify.get_user', timeZone: 'Mars/Base' }],
    [{ text: 5 }],
    [{ text: null }],
    [{ text: null, integration: 'clockify', operation: 'get_user' }],
    [{ integration: 'clockify', operation: 'get_user', params: null }],
    [{ integration: null, operation: null }],
    [{ integration: 'clockify', operation: 'get_user', more: 1 }],
  ])('refuses the body %j', async (body) => {
    const response = await run(body).expect(400);
    expect(response.body.error.code).toBe('validation_error');
    expect(service.fake.calls).toEqual([]);
  });

  it('shows the request on a dry run, and sends and records nothing', async () => {
    const before = await request(service.url).get('/actions/runs').expect(200);
    const action = { ...createClient, params: { workspaceId: WORKSPACE, name: 'Acme' } };
    const response = await run(action, '/actions/run?dry_run=true').expect(200);
    expect(response.body).toEqual({
      ok: true,
      dryRun: true,
      ...createClient,
      params: { workspaceId: WORKSPACE, body: { name: 'Acme' } },
      request: expect.objectContaining({ method: 'POST', body: { name: 'Acme' } }),
      requestId: expect.any(String),
    });
    await run({ ...createClient, params: {} }, '/actions/run?dry_run=true').expect(400);
    await run(action, '/actions/run?dry_run=maybe').expect(400);
    const after = await request(service.url).get('/actions/runs').expect(200);
    expect(after.body.data).toEqual(before.body.data);
    expect(service.fake.calls).toEqual([]);
  });

  it('passes on what the integration says of its failure', async () => {
    service.fake.onExecute = async () => {
      throw new IntegrationError('rate_limited', 'Too many requests', {
        upstreamStatus: 429,
        retryAfterSeconds: 7,
      });
    };
    const response = await run({ integration: 'clockify', operation: 'get_user' }).expect(429);
    expect(response.headers['retry-after']).toBe('7');
    expect(response.body.error).toMatchObject({ code: 'rate_limited', details: { upstreamStatus: 429 } });
  });

  it('says that the outcome is unknown when a write fails in a way nobody expected', async () => {
    service.fake.onExecute = async () => {
      throw new TypeError('secret detail');
    };
    const params = { workspaceId: WORKSPACE, name: 'Acme' };
    const response = await run({ ...createClient, params }).expect(500);
    expect(response.body.error).toMatchObject({ code: 'internal_error', details: { outcome: 'unknown' } });
    expect(JSON.stringify(response.body)).not.toContain('secret detail');
  });

  it('tells the integration the request id and that somebody is waiting', async () => {
    await run({ integration: 'clockify', operation: 'get_user' }).set('X-Request-ID', 'abc.1').expect(200);
    expect(service.fake.calls[0]?.context).toMatchObject({ requestId: 'abc.1', priority: 'interactive' });
  });

  it('counts runs by integration and outcome', async () => {
    await run({ integration: 'clockify', operation: 'get_user' }).expect(200);
    const { text } = await request(service.url).get('/metrics').expect(200);
    expect(text).toMatch(/^actions_total\{integration="clockify",outcome="succeeded"\} \d+$/m);
    expect(text).toMatch(/^action_duration_seconds_count\{integration="clockify"\} \d+$/m);
  });
});
