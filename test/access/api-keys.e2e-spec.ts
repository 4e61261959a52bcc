import { createHash } from 'node:crypto';
import request from 'supertest';
import { startTestApp, type TestApp } from '../support/app.js';
import { ProbeModule } from '../support/probe.module.js';

const VIEWER = 'viewer-secret-0001';
const OPERATOR = 'operator-secret-0001';
const ADMIN = 'admin-secret-0001';
const ADMIN_HASH = createHash('sha256').update(ADMIN).digest('hex');

describe('API keys', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startTestApp({
      imports: [ProbeModule],
      env: {
        HOST: '0.0.0.0',
        LOG_LEVEL: 'trace',
        API_KEYS: `reader:viewer:${VIEWER}, tool:operator:${OPERATOR}, boss:admin:sha256:${ADMIN_HASH}, tool:operator:the-new-secret-of-tool, raw:viewer:${ADMIN_HASH.replace(/^./, 'f')}`,
      },
    });
  });
  afterAll(() => service.close());

  const read = (headers: Record<string, string>) => request(service.url).get('/probe/items/1').set(headers);
  const write = (headers: Record<string, string>) =>
    request(service.url).post('/probe').set(headers).send({ text: 'hi' });

  it.each([
    ['as a bearer token', { Authorization: `Bearer ${VIEWER}` }],
    ['whatever the case of the scheme', { Authorization: `bEARER ${VIEWER}` }],
    ['as X-Api-Key', { 'X-Api-Key': VIEWER }],
    ['as X-Api-Key beside another scheme', { Authorization: 'Basic dTpw', 'X-Api-Key': VIEWER }],
    ['of a higher role', { Authorization: `Bearer ${OPERATOR}` }],
    ['that is configured as its SHA-256', { Authorization: `Bearer ${ADMIN}` }],
  ])('admits a key %s', async (_title, headers) => {
    await read(headers).expect(200);
  });

  it('admits both keys of one name, so that one can replace the other', async () => {
    await write({ Authorization: `Bearer ${OPERATOR}` }).expect(201);
    await write({ Authorization: 'Bearer the-new-secret-of-tool' }).expect(201);
  });

  it.each([
    ['no key', {}],
    ['an empty key', { 'X-Api-Key': '' }],
    ['another scheme', { Authorization: `Basic ${VIEWER}` }],
    ['an unknown key', { Authorization: 'Bearer somebody-elses-key' }],
    ['the hash of a key instead of the key', { 'X-Api-Key': ADMIN_HASH }],
    ['two keys in one header', { 'X-Api-Key': `${VIEWER}, ${ADMIN}` }],
    ['a key with more behind it', { Authorization: `Bearer ${VIEWER} ${ADMIN}` }],
    ['a key of 8 KB', { 'X-Api-Key': 'k'.repeat(8192) }],
  ])('answers unauthorized to %s', async (_title, headers) => {
    const response = await read(headers as Record<string, string>).expect(401);
    expect(response.body).toEqual({
      ok: false,
      error: { code: 'unauthorized', message: expect.any(String) },
      requestId: response.headers['x-request-id'],
    });
    expect(response.headers['www-authenticate']).toBe('Bearer realm="clankerbot"');
  });

  it('answers forbidden to a key whose role is too small', async () => {
    const response = await write({ Authorization: `Bearer ${VIEWER}` }).expect(403);
    expect(response.body.error).toEqual({
      code: 'forbidden',
      message: 'This needs the role operator; the API key has the role viewer',
    });
  });

  it('refuses before it looks at the body', async () => {
    await request(service.url).post('/probe').send({ wrong: true }).expect(401);
    await request(service.url).post('/probe').type('application/json').send('{').expect(401);
    await request(service.url).post('/flows').type('application/yaml').send('a: [').expect(401);
    await request(service.url).post('/no/such/route').type('application/json').send('{').expect(404);
  });

  it('counts a body that cannot be parsed as any other request', async () => {
    const { headers } = await request(service.url)
      .post('/probe')
      .set('X-Api-Key', OPERATOR)
      .type('application/json')
      .send('{')
      .expect(400);
    expect(headers['ratelimit-limit']).toBeDefined();
  });

  it('writes the name of the key into the access line, and no key anywhere', async () => {
    await read({ Authorization: `Bearer ${VIEWER}` }).expect(200);
    await request(service.url).get(`/probe/items/${VIEWER}?note=${OPERATOR}`).expect(401);
    expect(service.logs).toContainEqual(
      expect.objectContaining({ route: '/probe/items/:id', caller: 'reader' }),
    );
    const text = JSON.stringify(service.logs);
    for (const secret of [VIEWER, OPERATOR, ADMIN, ADMIN_HASH]) expect(text).not.toContain(secret);
  });
});
