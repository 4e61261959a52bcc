import request from 'supertest';
import { startTestApp, type TestApp } from '../support/app.js';
import { deliver } from '../support/webhook-client.js';

const ENTRY = { id: 'entry123', workspaceId: 'ws123', userId: 'user123' };
const REFUSED = expect.stringContaining('Deliveries to /webhooks/clockify are refused');

async function warningsOf(service: TestApp): Promise<string[]> {
  const { body } = await request(service.url).get('/readyz').expect(200);
  return body.data.warnings as string[];
}

describe('/webhooks/clockify while nothing is set that could prove a delivery', () => {
  it.each([
    ['an address that others reach', { HOST: '0.0.0.0' }],
    ['a service with API keys', { API_KEYS: 'ops:admin:a-long-enough-secret' }],
    ['a service that asks for keys', { AUTH_MODE: 'keys' }],
  ])('is shut on %s, and says so in the answer, at start and in readiness', async (_where, env) => {
    const service = await startTestApp({ env: { LOG_LEVEL: 'warn', ...env } });
    try {
      const { status, body } = await deliver(service.url, 'clockify', ENTRY);
      expect([status, body.error.code, body.error.message]).toEqual([
        401,
        'unauthorized',
        'Deliveries from Clockify cannot be verified: WEBHOOK_SHARED_SECRET is not set',
      ]);
      expect(service.logs.map((line) => line['message'])).toContainEqual(REFUSED);
      expect(await warningsOf(service)).toContainEqual(REFUSED);
    } finally {
      await service.close();
    }
  });

  it('is as open as the rest of the service on a loopback address: to this machine', async () => {
    const service = await startTestApp();
    try {
      expect((await deliver(service.url, 'clockify', ENTRY)).status).toBe(200);
      const foreign: Record<string, string>[] = [
        { Host: 'rebound.example' },
        { Origin: 'https://evil.example' },
        { 'X-Forwarded-For': '203.0.113.9' },
      ];
      for (const headers of foreign) {
        const { status } = await request(service.url).post('/webhooks/clockify').set(headers).send(ENTRY);
        expect([headers, status === 401 || status === 403]).toEqual([headers, true]);
      }
      expect(await warningsOf(service)).toEqual([]);
    } finally {
      await service.close();
    }
  });

  it('is open to everybody where the whole service is, and says so', async () => {
    const service = await startTestApp({ env: { AUTH_MODE: 'open', HOST: '0.0.0.0', LOG_LEVEL: 'warn' } });
    try {
      expect((await deliver(service.url, 'clockify', ENTRY)).status).toBe(200);
      const warning = expect.stringContaining('Anybody may deliver to /webhooks/clockify');
      expect(service.logs.map((line) => line['message'])).toContainEqual(warning);
      expect(await warningsOf(service)).toContainEqual(warning);
    } finally {
      await service.close();
    }
  });
});
