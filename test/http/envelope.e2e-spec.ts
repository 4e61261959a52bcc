import http from 'node:http';
import { once } from 'node:events';
import request from 'supertest';
import { startTestApp, type TestApp } from '../support/app.js';
import { exchange } from '../support/exchange.js';
import { ProbeModule } from '../support/probe.module.js';

describe('the envelope', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startTestApp({ imports: [ProbeModule] });
  });
  afterAll(() => service.close());

  const failure = (code: string, requestId: string | undefined) => ({
    ok: false,
    error: expect.objectContaining({ code, message: expect.any(String) }),
    requestId,
  });

  it('wraps what a controller returns', async () => {
    const { body, headers } = await request(service.url).get('/probe/items/7').expect(200);
    expect(body).toEqual({ ok: true, data: { id: '7' }, requestId: headers['x-request-id'] });
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
  });

  it('answers an unknown route with not_found', async () => {
    const { body, headers } = await request(service.url).get('/no-such-route').expect(404);
    expect(body).toEqual(failure('not_found', headers['x-request-id']));
  });

  it('answers a wrong method with 405 and the methods that exist', async () => {
    const { body, headers } = await request(service.url).delete('/probe').expect(405);
    expect(body).toEqual(failure('validation_error', headers['x-request-id']));
    expect(headers['allow']).toBe('POST');
  });

  it.each([
    ['malformed JSON', '{"text":', 'application/json', 400, 'validation_error'],
    ['a body that is not an object', '[1]', 'application/json', 400, 'validation_error'],
    ['a scalar body', '"text"', 'application/json', 400, 'validation_error'],
    ['half a surrogate pair', '{"text":"\\ud800"}', 'application/json', 400, 'validation_error'],
    [
      'a polluting key',
      '{"text":"a","__proto__":{"admin":true}}',
      'application/json',
      400,
      'validation_error',
    ],
    [
      'a polluting key in disguise',
      '{"constructor":{"prototype":{}}}',
      'application/json',
      400,
      'validation_error',
    ],
    ['a form', 'text=a', 'application/x-www-form-urlencoded', 415, 'unsupported_media_type'],
    ['plain text', '{"text":"a"}', 'text/plain', 415, 'unsupported_media_type'],
    ['another charset', '{"text":"a"}', 'application/json; charset=latin1', 415, 'unsupported_media_type'],
  ])('refuses %s', async (_title, text, type, status, code) => {
    const { body, headers } = await request(service.url)
      .post('/probe')
      .set('Content-Type', type)
      .serialize((value: unknown) => value as string)
      .send(text)
      .expect(status);
    expect(body).toEqual(failure(code, headers['x-request-id']));
  });

  it('refuses bytes that are not UTF-8', async () => {
    const answer = await rawRequest(service.url, Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]));
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ ok: false, error: { code: 'validation_error' } });
  });

  it('refuses a compressed body, which could hide a larger one', async () => {
    await request(service.url)
      .post('/probe')
      .set('Content-Type', 'application/json')
      .set('Content-Encoding', 'gzip')
      .send('{}')
      .expect(415);
  });

  it('refuses a body of more than MAX_REQUEST_SIZE_MB by its declared length', async () => {
    const { body } = await request(service.url)
      .post('/probe')
      .send({ text: 'x'.repeat(1024 * 1024) })
      .expect(413);
    expect(body).toMatchObject({ ok: false, error: { code: 'payload_too_large' } });
  });

  it('refuses a body that grows past the limit without declaring its length', async () => {
    const answer = await rawRequest(service.url, Buffer.alloc(2 * 1024 * 1024, 0x20), { isChunked: true });
    expect(answer.status).toBe(413);
    expect(answer.body).toMatchObject({ ok: false, error: { code: 'payload_too_large' } });
  });

  it('refuses a body nested too deep without exhausting the stack', async () => {
    const { body } = await request(service.url)
      .post('/probe')
      .set('Content-Type', 'application/json')
      .send(`${'['.repeat(200_000)}${']'.repeat(200_000)}`)
      .expect(400);
    expect(body.error.message).toMatch(/nested deeper/);
  });

  it('refuses a body with too many keys', async () => {
    const { body } = await request(service.url)
      .post('/probe')
      .send({ text: 'a', list: Array.from({ length: 60_000 }, () => 1) })
      .expect(400);
    expect(body.error.message).toMatch(/more than 50000 keys/);
  });

  it('lists every fault of a body with its path', async () => {
    const { body } = await request(service.url)
      .post('/probe')
      .send({ text: 'far too long a text', count: 9, other: 1 })
      .expect(400);
    expect(body.error.code).toBe('validation_error');
    expect(body.error.details.map((fault: { path: string }) => fault.path).sort()).toEqual([
      'count',
      'other',
      'text',
    ]);
  });

  it.each(['constructor', '__proto__', 'prototype', 'toString'])(
    'refuses the unknown query parameter %s, as any other',
    async (name) => {
      const { body } = await request(service.url).get(`/events?${name}=1`).expect(400);
      expect(body.error.details).toEqual([{ path: name, message: expect.any(String) }]);
    },
  );

  it('says nothing about an unexpected failure except where to find it', async () => {
    const { body, headers } = await request(service.url).get('/probe/fails').expect(500);
    expect(body).toEqual(failure('internal_error', headers['x-request-id']));
    expect(JSON.stringify(body)).not.toContain('secret detail');
  });

  it('shows code, details and Retry-After of an expected failure', async () => {
    const { body, headers } = await request(service.url).get('/probe/unavailable').expect(503);
    expect(body.error).toEqual({ code: 'unavailable', message: 'Come back later', details: { why: 'test' } });
    expect(headers['retry-after']).toBe('7');
  });

  it('turns a lost database into 503 with Retry-After, without its address', async () => {
    const { body, headers } = await request(service.url).get('/probe/lost-database').expect(503);
    expect(body.error).toEqual({ code: 'unavailable', message: 'The database is not available' });
    expect(headers['retry-after']).toBe('1');
  });

  it('answers what is not HTTP at all', async () => {
    const answer = await exchange(service.url, 'NONSENSE\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4))).toEqual(
      failure('validation_error', expect.any(String) as unknown as string),
    );
  });

  it('answers headers past MAX_HEADER_SIZE_KB with 431', async () => {
    const answer = await exchange(
      service.url,
      `GET / HTTP/1.1\r\nHost: a\r\nX-Big: ${'x'.repeat(20_000)}\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
    expect(answer).toContain('"code":"validation_error"');
  });
});

async function rawRequest(
  url: string,
  bytes: Buffer,
  options: { isChunked?: boolean } = {},
): Promise<{ status: number | undefined; body: unknown }> {
  const headers = {
    'content-type': 'application/json',
    ...(options.isChunked ? { 'transfer-encoding': 'chunked' } : { 'content-length': String(bytes.length) }),
  };
  const outgoing = http.request(`${url}/probe`, { method: 'POST', headers });
  outgoing.end(bytes);
  const [response] = (await once(outgoing, 'response')) as [http.IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode, body: JSON.parse(Buffer.concat(chunks).toString()) };
}
