import request from 'supertest';
import { startTestApp, type TestApp } from '../support/app.js';

describe('a failure in the log', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startTestApp({
      env: {
        LOG_LEVEL: 'trace',
        HTTP_REQUEST_ENABLED: 'true',
        HTTP_REQUEST_ALLOWED_RANGES: '127.0.0.0/8',
        HTTP_REQUEST_PLAIN_HTTP: 'true',
      },
    });
  });
  afterAll(() => service.close());

  it('shows nothing of what the caller sent', async () => {
    const params = {
      url: 'http://127.0.0.1:1/',
      headers: { 'X-Vendor-Pass': 'header-of-the-caller', Cookie: 'sid=cookie-of-the-caller' },
      body: { text: 'body-of-the-caller' },
    };
    await request(service.url)
      .post('/actions/run')
      .send({ integration: 'http-request', operation: 'POST', params })
      .expect(502);
    const failure = service.logs.find((line) => line['err'] !== undefined);
    expect(failure).toMatchObject({ err: { message: expect.stringContaining('ECONNREFUSED') } });
    const bytes = JSON.stringify([...Buffer.from('body-of')]).slice(1, -1);
    expect(JSON.stringify(service.logs)).not.toMatch(new RegExp(`of-the-caller|${bytes}`));
  });
});
