import request from 'supertest';
import { ClockifySandbox } from '../clockify-sandbox/clockify-sandbox.js';
import { startTestApp, type TestApp } from '../support/app.js';

describe("Clockify's audit log", () => {
  let sandbox: ClockifySandbox;
  let service: TestApp;
  beforeAll(async () => {
    sandbox = new ClockifySandbox();
    await sandbox.start();
    service = await startTestApp({ env: sandbox.environment });
  });
  afterAll(async () => {
    await service.close();
    await sandbox.stop();
  });

  const run = (operation: string, params: object) =>
    request(service.url)
      .post('/actions/run')
      .send({ integration: 'clockify', operation, params: { workspaceId: sandbox.workspace.id, ...params } });
  const body = (more: object = {}) => ({
    start: '2000-01-01T00:00:00Z',
    end: '2100-01-01T00:00:00Z',
    actions: ['CREATE_PROJECT', 'CREATE_TAG'],
    authors: { authorIds: [String(sandbox.user.id)], contains: 'CONTAINS' },
    ...more,
  });

  it('is asked at CLOCKIFY_AUDIT_URL, and answers who did what', async () => {
    await run('create_project', { name: 'Website' }).expect(200);
    for (const name of ['one', 'two', 'three']) await run('create_tag', { name }).expect(200);
    const preview = await request(service.url)
      .post('/actions/run?dry_run=true')
      .send({ integration: 'clockify', operation: 'audit_log', params: { workspaceId: 'w', body: body() } })
      .expect(200);
    expect(preview.body.request.url).toBe(
      `${sandbox.environment['CLOCKIFY_AUDIT_URL']}/v1/workspaces/w/audit-log`,
    );
    const answer = await run('audit_log', { body: body() }).expect(200);
    expect(answer.body.response.map((entry: { action: string }) => entry.action)).toEqual([
      'CREATE_PROJECT',
      'CREATE_TAG',
      'CREATE_TAG',
      'CREATE_TAG',
    ]);
    expect(answer.body.response[0]).toMatchObject({ userId: sandbox.user.id, previousContent: 'null' });
  });

  it('is read page by page, and leaves out whom it is told to', async () => {
    const paged = await run('audit_log', { all: true, body: body({ 'page-size': 2 }) }).expect(200);
    expect(paged.body.response).toHaveLength(4);
    const authors = { authorIds: [String(sandbox.user.id)], contains: 'DOES_NOT_CONTAIN' };
    expect((await run('audit_log', { body: body({ authors }) }).expect(200)).body.response).toEqual([]);
  });

  it('is a reading operation that asks for a known action', async () => {
    const { body: shown } = await request(service.url)
      .get('/integrations/clockify/operations/audit_log')
      .expect(200);
    expect(shown.data.writes).toBe(false);
    const refused = await run('audit_log', { body: body({ actions: ['WATER_PLANTS'] }) }).expect(400);
    expect(refused.body.error.details[0].path).toBe('params.body.actions[0]');
  });
});
