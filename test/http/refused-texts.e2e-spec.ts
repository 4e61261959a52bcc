import request from 'supertest';
import { startTestApp, type TestApp } from '../support/app.js';

const NUL = 'a\u0000b';

describe('what the database could not take', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startTestApp();
  });
  afterAll(() => service.close());

  it.each([
    '/events/%00',
    '/actions/runs/%00',
    '/schedules/%00',
    '/flows/%00',
    '/flow-runs/%00',
    '/dead-letters?cursor=%00',
    '/events?type=a%00b',
    '/actions/runs?caller=a%00b',
    '/actions/runs?from=2026-W47',
    '/actions/runs?from=2026-325',
    '/actions/runs?to=2026-001T00:00:00Z',
    '/events?to=%2B275760-09-13T00:00:00Z',
    // In whose zone?
    '/actions/runs?from=2026-11-20T10:00:00',
    '/events?from=2026-11-20T10:00:00',
    '/events?from=2026-02-30',
    '/events?from=5',
    '/events?from=Nov%2020%202026',
  ])('is refused in GET %s', async (path) => {
    const { body } = await request(service.url).get(path).expect(400);
    expect(body.error.code).toBe('validation_error');
  });

  const action = { integration: 'clockify', operation: 'get_user' };

  it.each<[path: string, body: object]>([
    ['/schedules', { name: NUL, cron: '* * * * *', ...action }],
    ['/flows', { name: NUL, steps: [{ transform: '1' }] }],
    ['/dead-letters/redrive', { kind: 'event', ids: ['\u0000'] }],
    ['/dead-letters/redrive', { kind: 'job', ids: null }],
    ['/events/replay', { type: NUL }],
    ['/events/replay', { dryRun: null }],
    ['/events/replay', { from: null, dryRun: true }],
    ['/events/replay', { from: true, dryRun: true }],
    ['/events/replay', { to: '+275760-09-13T00:00:00Z', dryRun: true }],
    ['/api-keys', { name: 'e', role: 'viewer', expiresAt: '2099-01-01' }],
    ['/api-keys', { name: 'e', role: 'viewer', expiresAt: '2027-W01-1T10:00:00Z' }],
    ['/api-keys', { name: 'e', role: 'viewer', expiresAt: '2027-01-01T10:00:00,5Z' }],
  ])('is refused in POST %s %j', async (path, body) => {
    const answer = await request(service.url).post(path).send(body).expect(400);
    expect(answer.body.error.code).toBe('validation_error');
  });

  it.each(['2026-11-20', '2026-11-20T10:00Z', '2026-11-20T10:00:00.123456%2B05:30'])(
    'takes the instant %s',
    async (from) => {
      await request(service.url).get(`/events?from=${from}`).expect(200);
      await request(service.url).get(`/actions/runs?from=${from}`).expect(200);
    },
  );

  it('takes an empty cursor for none', async () => {
    await request(service.url)
      .post('/flows')
      .send({ name: 'One', steps: [{ transform: '1' }] })
      .expect(201);
    const { body } = await request(service.url).get('/flows?cursor=').expect(200);
    expect(body.data.items).toHaveLength(1);
  });
});
