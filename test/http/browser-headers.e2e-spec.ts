import request from 'supertest';
import { startTestApp, type TestApp } from '../support/app.js';
import { ProbeModule } from '../support/probe.module.js';

describe('headers for browsers', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startTestApp({
      env: { CORS_ORIGINS: 'https://app.example.com, http://localhost:3000' },
      imports: [ProbeModule],
    });
  });
  afterAll(() => service.close());

  it('lets a configured origin read the answer', async () => {
    const { headers } = await request(service.url)
      .get('/probe/items/1')
      .set('Origin', 'https://app.example.com');
    expect(headers['access-control-allow-origin']).toBe('https://app.example.com');
    expect(headers['access-control-expose-headers']).toContain('X-Request-ID');
  });

  it('answers the preflight of a configured origin', async () => {
    const { headers } = await request(service.url)
      .options('/probe')
      .set('Origin', 'http://localhost:3000')
      .set('Access-Control-Request-Method', 'POST')
      .expect(204);
    expect(headers['access-control-allow-methods']).toContain('POST');
  });

  it('gives another origin no permission', async () => {
    const { headers } = await request(service.url)
      .get('/probe/items/1')
      .set('Origin', 'https://evil.example');
    expect(headers['access-control-allow-origin']).toBeUndefined();
  });

  it('forbids sniffing, framing, embedding and caching, and does not say what it is built with', async () => {
    const { headers } = await request(service.url).get('/probe/items/1');
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'content-security-policy': expect.stringContaining("default-src 'none'"),
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    });
    expect(headers['x-powered-by']).toBeUndefined();
  });
});

describe('without CORS_ORIGINS', () => {
  it('sends no CORS header to anybody', async () => {
    const service = await startTestApp({ imports: [ProbeModule] });
    const { headers } = await request(service.url)
      .get('/probe/items/1')
      .set('Origin', 'https://app.example.com');
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    await service.close();
  });
});
