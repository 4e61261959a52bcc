import request from 'supertest';
import { isId } from '../../src/clock/new-id.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { ProbeModule } from '../support/probe.module.js';
import { until } from '../support/until.js';

describe('request ids and access lines', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startTestApp({ env: { LOG_LEVEL: 'info' }, imports: [ProbeModule] });
  });
  afterAll(() => service.close());

  const accessLine = async (requestId: string): Promise<Record<string, unknown>> => {
    const isIt = (line: Record<string, unknown>): boolean =>
      line['message'] === 'request' && line['request_id'] === requestId;
    await until(() => service.logs.some(isIt), { what: `the access line of ${requestId}` });
    return service.logs.find(isIt) ?? {};
  };

  it('makes a ULID for a request that brings no id', async () => {
    const { headers } = await request(service.url).get('/probe/items/1');
    expect(isId(headers['x-request-id'] ?? '')).toBe(true);
  });

  it.each(['a', 'A.b_c:d-9', 'x'.repeat(128)])('keeps the id %s', async (id) => {
    const { body, headers } = await request(service.url).get('/probe/items/1').set('X-Request-ID', id);
    expect(headers['x-request-id']).toBe(id);
    expect(body.requestId).toBe(id);
  });

  it.each(['', 'has space', 'x'.repeat(129), 'quote"', 'ünïcode'])('replaces the id %j', async (id) => {
    const { headers } = await request(service.url)
      .get('/probe/items/1')
      .set('X-Request-ID', Buffer.from(id).toString('latin1'));
    expect(isId(headers['x-request-id'] ?? '')).toBe(true);
  });

  it('writes one line with method, path, route, status and duration', async () => {
    await request(service.url).get('/probe/items/42?token=abcdef123456').set('X-Request-ID', 'line-1');
    expect(await accessLine('line-1')).toMatchObject({
      level: 'info',
      method: 'GET',
      path: '/probe/items/42',
      route: '/probe/items/:id',
      status: 200,
      duration_ms: expect.any(Number),
      client: '127.0.0.1',
      timestamp: expect.any(String),
    });
    expect(
      service.logs.filter((line) => line['request_id'] === 'line-1' && line['message'] === 'request'),
    ).toHaveLength(1);
  });

  it('writes a line for what no route answers', async () => {
    await request(service.url).get('/nowhere').set('X-Request-ID', 'line-2');
    expect(await accessLine('line-2')).toMatchObject({ path: '/nowhere', route: null, status: 404 });
  });

  it('puts the cause of an unexpected failure beside the request id', async () => {
    await request(service.url).get('/probe/fails').set('X-Request-ID', 'line-3');
    await accessLine('line-3');
    const failure = service.logs.find(
      (line) => line['request_id'] === 'line-3' && line['message'] === 'Unexpected failure',
    );
    expect(failure).toMatchObject({
      level: 'error',
      err: { message: 'secret detail of the implementation' },
    });
  });

  it('never logs what the caller authenticates with', async () => {
    const secrets = [
      'bearer-credential-1',
      'cookie-credential-2',
      'key-credential-3',
      'query-credential-4',
      'sig-credential-5',
    ];
    await request(service.url)
      .post(`/probe?auth_token=${secrets[3]}`)
      .set('X-Request-ID', 'line-4')
      .set('Authorization', `Bearer ${secrets[0]}`)
      .set('Cookie', `session=${secrets[1]}`)
      .set('X-Api-Key', secrets[2] ?? '')
      .set('Clockify-Signature', secrets[4] ?? '')
      .send({ text: 'a' });
    await accessLine('line-4');
    const everything = JSON.stringify(service.logs);
    for (const secret of secrets) expect(everything).not.toContain(secret);
  });
});
