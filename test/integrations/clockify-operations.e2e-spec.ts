import request from 'supertest';
import { clockifyOperations } from '../../src/integrations/clockify/operations/clockify-operation.js';
import { ClockifySandbox } from '../clockify-sandbox/clockify-sandbox.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { exampleCall } from '../support/clockify-examples.js';

describe('every operation of Clockify through POST /actions/run', () => {
  let sandbox: ClockifySandbox;
  let service: TestApp;
  beforeAll(async () => {
    sandbox = new ClockifySandbox();
    await sandbox.start();
    service = await startTestApp({ env: { ...sandbox.environment, RATE_LIMIT_PER_MINUTE: '100000' } });
  });
  afterAll(async () => {
    await service.close();
    await sandbox.stop();
  });

  it('answers the examples of the README as documented', async () => {
    const run = (operation: string, params: object) =>
      request(service.url)
        .post('/actions/run')
        .send({ integration: 'clockify', operation, params })
        .expect(200);
    const user = await run('get_user', {});
    expect(user.body).toMatchObject({ ok: true, id: sandbox.user.id, email: 'you@example.com' });
    const { body } = await run('list_workspaces', {});
    expect(body).toMatchObject({ ok: true, workspaces: expect.any(Array) });
    expect(body.workspaces.map(({ id }: { id: string }) => id)).toContain(sandbox.workspace.id);
    const client = await run('create_client', {
      workspaceId: sandbox.workspace.id,
      body: { name: 'New Client', archived: false },
    });
    expect(client.body).toMatchObject({ ok: true, name: 'New Client' });
  });

  it.each(clockifyOperations().map((operation) => [operation.name, operation] as const))(
    '%s',
    async (name, operation) => {
      const { target } = operation;
      const { path, query, body } = exampleCall(sandbox, target);
      const order = path['order'] === undefined ? {} : { order: Number(path['order']) };
      const given = { ...path, ...order, ...query, ...(body === undefined ? {} : { body: withFile(body) }) };
      const known = Object.keys(operation.params['properties'] as object);
      const params = Object.fromEntries(Object.entries(given).filter(([field]) => known.includes(field)));
      sandbox.requests.clear();
      const response = await request(service.url)
        .post('/actions/run')
        .send({ integration: 'clockify', operation: name, params });
      expect({ status: response.status, body: response.body }).toEqual({
        status: 200,
        body: expect.objectContaining({ ok: true, requestId: expect.any(String) }),
      });
      expect(sandbox.requests.all.map((sent) => sent.operation)).toEqual([target.id]);
      const list = operation.listName === undefined ? [] : response.body[operation.listName];
      expect(list).toEqual(expect.any(Array));
    },
  );
});

/** A file stands in JSON as base64. */
function withFile(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || !('file' in body)) return body;
  return { ...body, file: { base64: Buffer.from('file').toString('base64'), filename: 'file.png' } };
}
