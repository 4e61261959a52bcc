import request from 'supertest';
import { startTestApp, type TestApp } from '../support/app.js';

describe('POST /actions/run without credentials', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startTestApp();
  });
  afterAll(() => service.close());

  const run = (body: object) => request(service.url).post('/actions/run').send(body);

  it('answers unauthorized and says what is missing', async () => {
    for (const operation of ['get_user', 'list_workspaces', 'getLoggedUser']) {
      const response = await run({ integration: 'clockify', operation, params: {} }).expect(401);
      expect(response.body.error).toMatchObject({
        code: 'unauthorized',
        message: 'Clockify API key or token not configured: set CLOCKIFY_API_KEY or CLOCKIFY_ADDON_TOKEN',
      });
    }
  });

  it('still validates first, and shows what it would send', async () => {
    await run({ integration: 'clockify', operation: 'create_client', params: {} }).expect(400);
    const body = {
      integration: 'clockify',
      operation: 'create_client',
      params: { workspaceId: 'w/../x?#', name: 'A' },
    };
    const shown = await request(service.url).post('/actions/run?dry_run=true').send(body).expect(200);
    expect(shown.body.request).toMatchObject({ method: 'POST', body: { name: 'A' } });
    expect(shown.body.request.url).toMatch(/\/v1\/workspaces\/w%2F\.\.%2Fx%3F%23\/clients$/);
  });

  it('refuses what JSON may not hold', async () => {
    const send = (text: string | Buffer) =>
      request(service.url)
        .post('/actions/run')
        .set('Content-Type', 'application/json')
        .send(text as string);
    const action = (params: string): string =>
      `{"integration":"clockify","operation":"get_user","params":${params}}`;
    for (const bad of [
      '{',
      action('{"a":"\\ud800"}'),
      action('{"__proto__":{"x":1}}'),
      action(`${'['.repeat(100)}${']'.repeat(100)}`),
      action(`{"a":[${'1,'.repeat(60_000)}1]}`),
    ]) {
      expect((await send(bad)).status).toBe(400);
    }
    expect((await send('x'.repeat(2 * 1024 * 1024))).status).toBe(413);
  });
});
