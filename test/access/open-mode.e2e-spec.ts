import request from 'supertest';
import { AccessMode } from '../../src/access/access-mode.js';
import { KEY_NOTICE } from '../../src/access/key-notice.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { ProbeModule } from '../support/probe.module.js';

interface Started extends TestApp {
  notices: string[];
}

async function start(env: Record<string, string>): Promise<Started> {
  const notices: string[] = [];
  const app = await startTestApp({
    imports: [ProbeModule],
    env: { LOG_LEVEL: 'info', ...env },
    override: (builder) =>
      builder.overrideProvider(KEY_NOTICE).useValue((text: string) => void notices.push(text)),
  });
  expect(notices).toEqual([]);
  app.app.get(AccessMode).showTemporaryKey(); // As main does once it listens.
  return { ...app, notices };
}

const stateOf = (service: TestApp) => service.app.get(AccessMode).state;

describe('on a loopback address without API_KEYS', () => {
  let service: Started;
  beforeAll(async () => {
    service = await start({ CORS_ORIGINS: 'https://tools.example' });
  });
  afterAll(() => service.close());

  it('needs no key, and logs the caller as anonymous', async () => {
    expect(stateOf(service)).toBe('open-locally');
    expect(service.notices).toEqual([]);
    await request(service.url).get('/api-keys').expect(200);
    expect(service.logs).toContainEqual(expect.objectContaining({ caller: 'anonymous' }));
  });

  it('admits a request with any key, since none is needed', async () => {
    await request(service.url).get('/api-keys').set('X-Api-Key', 'whatever').expect(200);
  });

  it.each(['localhost:8000', 'LOCALHOST', 'app.localhost:8000', '127.0.0.1', '[::1]:8000'])(
    'answers to the host name %s',
    async (host) => {
      await request(service.url).get('/api-keys').set('Host', host).expect(200);
    },
  );

  it.each(['rebound.example', 'localhost.example', '127.0.0.1.example:8000', ''])(
    'refuses a page that reaches it by the name "%s" of its own',
    async (host) => {
      const response = await request(service.url).get('/api-keys').set('Host', host).expect(401);
      expect(response.body.error.message).toContain('from its own machine only');
    },
  );

  it.each(['X-Forwarded-For', 'Forwarded', 'Via'])(
    'refuses who comes through a proxy on this machine, which sends %s',
    async (header) => {
      const response = await request(service.url).get('/api-keys').set(header, 'for=203.0.113.9').expect(401);
      expect(response.body.error.message).toContain('through a proxy');
    },
  );

  it('takes a delivery without a secret from this machine only, and from no foreign page', async () => {
    const deliver = (host: string, origin?: string) =>
      request(service.url)
        .post('/webhooks/clockify')
        .set('Host', host)
        .set(origin === undefined ? {} : { Origin: origin })
        .send({ id: 'entry' });
    await deliver('localhost:8000').expect(200);
    await deliver('tunnel.example').expect(401);
    await deliver('rebound.example', 'http://rebound.example').expect(403);
    await deliver('localhost:8000', 'https://evil.example').expect(403);
    await deliver('localhost:8000', 'null').expect(403);
    await deliver('localhost:8000', 'http://localhost:8000').expect(200);
    await deliver('localhost:8000', 'https://tools.example').expect(200);
  });

  it('refuses pages of other sites that post to it, unless CORS_ORIGINS names them', async () => {
    const post = (origin: string) =>
      request(service.url).post('/probe').set('Origin', origin).send({ text: 'hi' });
    await post('https://evil.example').expect(401);
    await post('null').expect(401);
    await post('https://tools.example').expect(201);
    await post(service.url).expect(201);
  });
});

describe('on any other address without API_KEYS', () => {
  it('makes an admin key for this process and shows it once, with the line that makes it permanent', async () => {
    const first = await start({ HOST: '0.0.0.0' });
    expect(stateOf(first)).toBe('temporary-key');
    expect(first.notices).toHaveLength(1);
    const [, key] = /^ {4}(cbk_\S+)$/m.exec(first.notices[0]!)!;
    const [, line] = /^ {4}API_KEYS=(.+)$/m.exec(first.notices[0]!)!;
    await request(first.url).get('/api-keys').expect(401);
    await request(first.url).get('/api-keys').set('X-Api-Key', key!).expect(200);
    expect(JSON.stringify(first.logs)).not.toContain(key);
    await first.close();

    const next = await start({ HOST: '0.0.0.0', API_KEYS: line! });
    expect(stateOf(next)).toBe('keys');
    expect(next.notices).toEqual([]);
    await request(next.url).get('/api-keys').set('X-Api-Key', key!).expect(200);
    await next.close();
  });
});

describe('with AUTH_MODE=open', () => {
  it('asks nobody for a key, on any address, and warns at start', async () => {
    const service = await start({ AUTH_MODE: 'open', HOST: '0.0.0.0', API_KEYS: 'ci:viewer:the-key-of-ci' });
    expect(service.notices).toEqual([]);
    const warnings = service.logs.filter((line) => line['level'] === 'warn').map((line) => line['message']);
    expect(warnings).toContainEqual(expect.stringContaining('AUTH_MODE is open'));
    await request(service.url).get('/api-keys').set('Host', 'clankerbot.example').expect(200);
    await request(service.url).get('/probe/items/1').set('X-Api-Key', 'the-key-of-ci').expect(200);
    expect(service.logs).toContainEqual(expect.objectContaining({ caller: 'ci' }));
    await service.close();
  });
});
