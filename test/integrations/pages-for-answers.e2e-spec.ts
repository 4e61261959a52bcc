import request from 'supertest';
import { ClockifySandbox } from '../clockify-sandbox/clockify-sandbox.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { sendJson, startHttpServer } from '../support/http-server.js';

const RETRIES = { CLOCKIFY_RETRY_DELAY_MS: '1' };

describe('a page with status 200 where Clockify would answer JSON', () => {
  let sandbox: ClockifySandbox;
  let service: TestApp;
  beforeAll(async () => {
    sandbox = new ClockifySandbox();
    await sandbox.start();
    service = await startTestApp({ env: { ...sandbox.environment, ...RETRIES } });
  });
  afterEach(() => sandbox.faults.clear());
  afterAll(async () => {
    await service.close();
    await sandbox.stop();
  });

  const run = (operation: string, params: object, key?: string): request.Test => {
    const sent = request(service.url).post('/actions/run');
    const body = { integration: 'clockify', operation, params };
    return (key === undefined ? sent : sent.set('Idempotency-Key', key)).send(body);
  };
  const workspace = async (): Promise<string> => {
    const response = await run('create_workspace', { body: { name: 'Pages' } }).expect(200);
    return response.body.id as string;
  };

  it('is no success of a creation: what was created is looked for, and is the answer', async () => {
    const workspaceId = await workspace();
    sandbox.faults.add({ kind: 'garbage', method: 'POST' });
    const params = { workspaceId, body: { name: 'Acme' } };
    const first = await run('create_client', params, 'a-page').expect(200);
    const [created] = sandbox.state.list(workspaceId, 'clients');
    expect(first.body).toMatchObject({ id: created?.id, name: 'Acme' });
    expect((await run('create_client', params, 'a-page').expect(200)).body.id).toBe(created?.id);
    expect(sandbox.state.list(workspaceId, 'clients')).toHaveLength(1);
  });

  it('leaves the outcome of any other write unknown', async () => {
    const workspaceId = await workspace();
    const { body } = await run('create_client', { workspaceId, body: { name: 'Acme' } }).expect(200);
    sandbox.faults.add({ kind: 'garbage', method: 'PUT' });
    const params = { workspaceId, id: body.id as string, body: { name: 'New' } };
    const response = await run('update_client', params).expect(502);
    expect(response.body.error).toMatchObject({ code: 'upstream_error', details: { outcome: 'unknown' } });
  });

  it('is a failure of what only reads, lists among it', async () => {
    const workspaceId = await workspace();
    sandbox.faults.add({ kind: 'garbage', method: 'GET' });
    for (const [operation, params] of [
      ['get_user', {}],
      ['list_clients', { workspaceId, all: true }],
    ] as const) {
      const response = await run(operation, params).expect(502);
      expect(response.body.error).toMatchObject({ code: 'upstream_error', details: { outcome: 'none' } });
    }
  });

  it('is no file either, where a file is what was asked for', async () => {
    const workspaceId = await workspace();
    const params = {
      workspaceId,
      body: {
        dateRangeStart: '2026-01-05T00:00:00',
        dateRangeEnd: '2026-01-11T23:59:59',
        summaryFilter: { groups: ['PROJECT'] },
        exportType: 'PDF',
      },
    };
    const report = await run('summary_report', params).expect(200);
    expect(report.body).toMatchObject({ contentType: 'application/pdf', base64: expect.any(String) });
    sandbox.faults.add({ kind: 'garbage', method: 'POST' });
    await run('summary_report', params).expect(502);
  });
});

describe('a page that stands in front of Clockify', () => {
  it('leaves a creation unknown that cannot be found, and it is not sent again', async () => {
    const proxy = await startHttpServer((received, response) => {
      if (received.method === 'GET') return sendJson(response, []);
      response.writeHead(200, { 'content-type': 'text/html' });
      return void response.end('<html>Please log in</html>');
    });
    const service = await startTestApp({
      env: { CLOCKIFY_API_KEY: 'test-key-0001', CLOCKIFY_BASE_URL: `${proxy.url}/api`, ...RETRIES },
    });
    const response = await request(service.url)
      .post('/actions/run')
      .send({ text: 'clockify.create_client workspaceId=w name=Acme' })
      .expect(502);
    expect(response.body.error.details.outcome).toBe('unknown');
    expect(proxy.received.filter(({ method }) => method === 'POST')).toHaveLength(1);
    await service.close();
    await proxy.close();
  });
});
