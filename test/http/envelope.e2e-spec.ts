import request from 'supertest';
import { startTestApp, type TestApp } from '../support/app.js';

describe('the envelope', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startTestApp();
  });
  afterAll(() => service.close());

  it('answers an unknown route with not_found', async () => {
    const response = await request(service.url).get('/no-such-route').expect(404);
    expect(response.body).toEqual({
      ok: false,
      error: { code: 'not_found', message: expect.any(String) },
      requestId: response.headers['x-request-id'],
    });
  });
});
