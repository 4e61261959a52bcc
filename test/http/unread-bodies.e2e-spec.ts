import { once } from 'node:events';
import net from 'node:net';
import { startTestApp, type TestApp } from '../support/app.js';
import { until } from '../support/until.js';

const MIB = 1024 * 1024;

interface Sender {
  socket: net.Socket;
  answer(): string;
}

const senders: net.Socket[] = [];

function open(service: TestApp): Sender {
  const socket = net.connect(Number(new URL(service.url).port), '127.0.0.1');
  senders.push(socket);
  let text = '';
  socket.on('data', (chunk) => (text += chunk.toString()));
  socket.on('error', () => undefined);
  return { socket, answer: () => text };
}

/** The head of a request, and as much of its body as is said; never all of it. */
function send(
  service: TestApp,
  path: string,
  { headers = {}, declared = 5 * MIB, sent = 0 }: { headers?: object; declared?: number; sent?: number } = {},
): Sender {
  const sender = open(service);
  const all = {
    Host: 'localhost',
    'Content-Type': 'application/json',
    'Content-Length': declared,
    ...headers,
  };
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value as string}`);
  sender.socket.write(`POST ${path} HTTP/1.1\r\n${head.join('\r\n')}\r\n\r\n${'x'.repeat(sent)}`);
  return sender;
}

const statusOf = async ({ answer }: Sender): Promise<string> => {
  await until(() => answer().includes('\r\n\r\n'), { what: 'an answer before the body' });
  return answer().slice(9, 12);
};

afterEach(() => {
  for (const socket of senders.splice(0)) socket.destroy();
});

describe('a request whose body is still on its way', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startTestApp({
      env: {
        API_KEYS: 'op:operator:key-of-operator,eye:viewer:key-of-viewer',
        WEBHOOK_SHARED_SECRET: 'secret-of-clockify',
        GITHUB_WEBHOOK_SECRET: 'secret-of-github',
        SLACK_SIGNING_SECRET: 'secret-of-slack',
        WEBHOOK_SOURCES: JSON.stringify({
          billing: { kind: 'secret', secrets: ['secret-of-billing'], header: 'X-Secret' },
        }),
      },
    });
  });
  afterAll(() => service.close());

  it.each([
    ['a source that does not exist', '/webhooks/nobody', {}, '404'],
    ['a wrong shared secret', '/webhooks/clockify', { 'X-Webhook-Secret': 'wrong' }, '401'],
    ['a wrong token', '/webhooks/clockify', { 'Clockify-Signature': 'wrong' }, '401'],
    ['a signature that is missing', '/webhooks/github', {}, '401'],
    [
      'a time that is over',
      '/webhooks/slack',
      { 'X-Slack-Signature': 'v0=00', 'X-Slack-Request-Timestamp': '1' },
      '401',
    ],
    ["a wrong secret of one's own source", '/webhooks/billing', { 'X-Secret': 'wrong' }, '401'],
    ['a body that is too large', '/webhooks/nobody', { 'Content-Length': 6 * MIB }, '404'],
    ['a missing key', '/actions/run', {}, '401'],
    ['too small a role', '/actions/run', { 'X-Api-Key': 'key-of-viewer' }, '403'],
    ['a route that does not exist', '/nowhere', {}, '404'],
  ])('is refused for %s', async (_why, path, headers, status) => {
    expect(await statusOf(send(service, path, { headers, declared: MIB }))).toBe(status);
  });

  it('is asked for its body when everything else is checked, and not before', async () => {
    const headers = { Expect: '100-continue', 'X-Webhook-Secret': 'secret-of-clockify' };
    expect(await statusOf(send(service, '/webhooks/clockify', { headers }))).toBe('100');
    const wrong = { Expect: '100-continue', 'X-Webhook-Secret': 'wrong' };
    expect(await statusOf(send(service, '/webhooks/clockify', { headers: wrong }))).toBe('401');
  });

  it('leaves its connection as it was when its body has come', async () => {
    const sender = send(service, '/webhooks/nobody', { declared: 10, sent: 10 });
    expect(await statusOf(sender)).toBe('404');
    sender.socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await until(() => sender.answer().includes('HTTP/1.1 200 '));
  });
});

describe('bodies that are being received', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startTestApp({
      env: { MAX_BUFFERED_BODIES_MB: '2', TRUST_PROXY: 'loopback', AUTH_MODE: 'open' },
    });
  });
  afterAll(() => service.close());

  const half = (from: string) =>
    send(service, '/webhooks/clockify', {
      headers: { 'X-Forwarded-For': from },
      sent: 0.6 * MIB,
    });
  const refused = (sender: Sender) => until(() => sender.answer() !== '');

  it('may hold so much together, and one address half of it', async () => {
    const first = half('203.0.113.1');
    const second = half('203.0.113.1');
    // One of the two is refused, whichever comes to its end later.
    await until(() => first.answer() + second.answer() !== '');
    const loser = first.answer() === '' ? second : first;
    expect(loser.answer()).toMatch(/^HTTP\/1\.1 503 [\s\S]*\r\nRetry-After: 1\r\n/i);
    const others = ['203.0.113.2', '203.0.113.3', '203.0.113.4'].map(half);
    // Room for two more at most: 2 MiB are three times 0.6.
    await Promise.race(others.map(refused));
    for (const socket of senders.splice(0)) socket.destroy();
    await until(async () => {
      const small = send(service, '/webhooks/clockify', {
        headers: { 'X-Forwarded-For': '203.0.113.1' },
        declared: 11,
      });
      small.socket.write('{"id":"e1"}');
      return (await statusOf(small)) === '200';
    });
  });
});

describe('connections', () => {
  it('are so many for one address, and then answered 503 until one is closed', async () => {
    const service = await startTestApp({ env: { MAX_CONNECTIONS_PER_ADDRESS: '3' } });
    const ask = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n';
    const three = [open(service), open(service), open(service)];
    for (const sender of three) {
      sender.socket.write(ask);
      await until(() => sender.answer().startsWith('HTTP/1.1 200 '));
    }
    const fourth = open(service);
    fourth.socket.write(ask);
    await once(fourth.socket, 'close');
    expect(fourth.answer()).toMatch(
      /^HTTP\/1\.1 503 [\s\S]*\r\nRetry-After: 1\r\n[\s\S]*"code":"unavailable"/,
    );
    expect(fourth.answer().split('HTTP/1.1 ')).toHaveLength(2);
    three[0]!.socket.destroy();
    await until(async () => {
      const again = open(service);
      again.socket.write(ask);
      await until(() => again.answer() !== '');
      again.socket.destroy();
      return again.answer().startsWith('HTTP/1.1 200 ');
    });
    await service.close();
  });

  it('of a proxy that TRUST_PROXY names are not counted', async () => {
    const service = await startTestApp({
      env: { MAX_CONNECTIONS_PER_ADDRESS: '1', TRUST_PROXY: 'loopback' },
    });
    const two = [open(service), open(service)];
    for (const sender of two) {
      sender.socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
      await until(() => sender.answer().startsWith('HTTP/1.1 200 '));
    }
    await service.close();
  });
});
