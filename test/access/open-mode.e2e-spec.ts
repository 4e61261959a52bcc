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

  it.each([
    'X-Forwarded-For',
    'X-Forwarded-Host',
    'X-Forwarded-Proto',
    'Forwarded',
    'Via',
    'X-Real-IP',
    'CF-Connecting-IP',
    'True-Client-IP',
    'X-Client-IP',
    'X-Envoy-External-Address',
    'CDN-Loop',
  ])('refuses who comes through a proxy on this machine, which sends %s', async (header) => {
    const response = await request(service.url).get('/api-keys').set(header, 'for=203.0.113.9').expect(401);
    expect(response.body.error.message).toContain('through a proxy');
  });

  it.each(['cross-site', 'same-site'])('refuses what a page that is %s embeds or links', async (site) => {
    await request(service.url).get('/api-keys').set('Sec-Fetch-Site', site).expect(401);
  });

  it.each(['same-origin', 'none'])('answers a browser that says %s', async (site) => {
    await request(service.url).get('/api-keys').set('Sec-Fetch-Site', site).expect(200);
  });

  it('makes no API keys, which would stay when it is open no more', async () => {
    const body = { name: 'lasting', role: 'admin' };
    const { error } = (await request(service.url).post('/api-keys').send(body).expect(403)).body;
    expect(error.message).toContain('API_KEYS');
    expect((await request(service.url).get('/api-keys').expect(200)).body.data.items).toEqual([]);
  });

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

  it('refuses pages of other sites that read it, unless CORS_ORIGINS names them', async () => {
    const read = (origin: string) => request(service.url).get('/api-keys').set('Origin', origin);
    await read('https://evil.example').expect(401);
    await read('https://tools.example').set('Sec-Fetch-Site', 'cross-site').expect(200);
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

describe.each([
  ['without API_KEYS', {}],
  ['with AUTH_MODE=open', { AUTH_MODE: 'open' }],
])('on a loopback address %s', (_name, env) => {
  it('lets no page in by CORS_ORIGINS=*, no name but its own and no proxy', async () => {
    const service = await start({ CORS_ORIGINS: '*', ...env });
    const evil: Record<string, string>[] = [
      { Origin: 'https://evil.example' },
      { Origin: '*' },
      { Host: 'rebound.example' },
      { Host: 'rebound.example', Origin: 'http://rebound.example' },
      { 'X-Real-IP': '203.0.113.9' },
    ];
    for (const headers of evil) {
      for (const call of [
        request(service.url).get('/probe/items/1'),
        request(service.url).post('/probe').send({ text: 'hi' }),
      ]) {
        const { status } = await call.set(headers);
        expect([headers, status]).toEqual([headers, 401]);
      }
    }
    await request(service.url).get('/probe/items/1').expect(200);
    const warnings = service.logs.filter((line) => line['level'] === 'warn').map((line) => line['message']);
    expect(warnings).toContainEqual(expect.stringContaining('CORS_ORIGINS=*'));
    await service.close();
  });
});

describe('with AUTH_MODE=open for others', () => {
  it('refuses web pages, unless CORS_ORIGINS names them or the page is its own at an address', async () => {
    const service = await start({
      AUTH_MODE: 'open',
      HOST: '0.0.0.0',
      CORS_ORIGINS: 'https://tools.example,*',
    });
    const post = (headers: Record<string, string>) =>
      request(service.url).post('/probe').set(headers).send({ text: 'hi' });
    await post({ Origin: 'https://evil.example' }).expect(401);
    await post({ Host: 'rebound.example', Origin: 'http://rebound.example' }).expect(401);
    await post({ Host: '10.1.2.3:8000', Origin: 'http://10.1.2.3:8000' }).expect(201);
    await post({ Host: 'clankerbot', Origin: 'https://tools.example' }).expect(201);
    await post({ Host: 'clankerbot' }).expect(201);
    await service.close();
  });

  it('answers on loopback by any name behind a proxy that TRUST_PROXY names', async () => {
    const service = await start({ AUTH_MODE: 'open', TRUST_PROXY: 'loopback' });
    await request(service.url)
      .get('/api-keys')
      .set({ Host: 'clankerbot.example', 'X-Forwarded-For': '203.0.113.9' })
      .expect(200);
    await service.close();
  });
});
