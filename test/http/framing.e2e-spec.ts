import request from 'supertest';
import { startTestApp, type TestApp } from '../support/app.js';
import { exchange } from '../support/exchange.js';

const BODY = '{"text":"clockify.get_user"}';
const CHUNKED = `${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`;

describe('a request that two servers could read in two ways', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startTestApp();
  });
  afterAll(() => service.close());

  const post = (coding: string) =>
    `POST /actions/parse HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nTransfer-Encoding: ${coding}\r\n\r\n${CHUNKED}`;

  it.each([
    [
      'two Host headers',
      'GET /healthz HTTP/1.1\r\nHost: localhost\r\nhost: other\r\n\r\n',
      'two Host headers',
    ],
    ['HTTP/2.0', 'GET /healthz HTTP/2.0\r\nHost: localhost\r\n\r\n', 'HTTP/1.1'],
    ['gzip, chunked', post('gzip, chunked'), 'chunked'],
    ['chunked, chunked', post('chunked, chunked'), ''],
    ['identity, chunked', post('identity, chunked'), ''],
  ])('is refused: %s', async (_title, text, message) => {
    const answer = await exchange(service.url, text);
    expect(answer).toMatch(/^HTTP\/1\.1 400 [\s\S]*"code":"validation_error"/);
    expect(answer).toContain(message);
    expect(answer.split('HTTP/1.1 400')).toHaveLength(2);
  });

  it('leaves chunked bodies as they are', async () => {
    expect(await exchange(service.url, post('Chunked'))).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe('a fault at a key of the caller', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startTestApp();
  });
  afterAll(() => service.close());

  const KEY = 'k'.repeat(100_000);

  it.each([
    ['a route', '/api-keys', { [KEY]: 1 }],
    [
      'an operation',
      '/actions/run',
      { integration: 'slack', operation: 'post_message', params: { [KEY]: 1 } },
    ],
    ['a flow', '/flows', { name: 'x', steps: [{ wait: 'PT1H', [KEY]: 1 }] }],
  ])('repeats 200 characters of it: of %s', async (_whose, path, body) => {
    const { text } = await request(service.url).post(path).send(body).expect(400);
    expect(text).toContain(`${'k'.repeat(200)}…`);
    expect(text.length).toBeLessThan(2_000);
  });

  it('is one of a hundred at most', async () => {
    const body = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`key${i}`, 1]));
    const { error } = (await request(service.url).post('/api-keys').send(body).expect(400)).body;
    expect(error.details).toHaveLength(100);
  });
});
