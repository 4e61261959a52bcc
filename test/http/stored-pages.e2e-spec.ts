import net from 'node:net';
import request from 'supertest';
import { parse } from 'yaml';
import { startService, stopAllServices, emptyDirectory } from '../support/service.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { takesLessThan } from '../support/takes-less-than.js';

const PAGES = ['/openapi.json', '/openapi.yaml', '/docs', '/docs/swagger-ui-bundle.js'];

describe('the pages that are open to everybody', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startTestApp();
  });
  afterAll(() => service.close());

  it.each(PAGES)('are not sent again to whoever has them: %s', async (path) => {
    const { etag } = (await request(service.url).get(path).expect(200)).headers;
    expect(etag).toMatch(/^W\/"[\w-]{22}"$/);
    const again = await request(service.url).get(path).set('If-None-Match', `"other", ${etag}`).expect(304);
    expect(again.text).toBe('');
    await request(service.url).get(path).set('If-None-Match', '"other"').expect(200);
  });

  it('say the same in JSON and in YAML', async () => {
    const json = await request(service.url).get('/openapi.json').expect(200);
    const yaml = await request(service.url).get('/openapi.yaml').expect(200);
    expect(yaml.headers['content-type']).toBe('text/yaml; charset=utf-8');
    expect(parse(yaml.text)).toEqual(json.body);
  });

  it('answer HEAD without the page', async () => {
    const head = await request(service.url)
      .head('/openapi.json')
      .set('Accept-Encoding', 'identity')
      .expect(200);
    expect(Number(head.headers['content-length'])).toBeGreaterThan(10_000);
  });

  it.each([
    ['gzip, deflate, br', 'br'],
    ['gzip', 'gzip'],
    ['br;q=0, gzip;q=0.5', 'gzip'],
    ['identity', ''],
    ['gzip;q=0', ''],
  ])('are sent to "%s" as "%s"', async (accepted, sent) => {
    const get = (encoding: string) =>
      request(service.url).get('/openapi.json').set('Accept-Encoding', encoding);
    const plain = await get('identity').expect(200);
    const packed = await get(accepted).expect(200); // Unpacked by what its header says.
    expect(packed.headers['content-encoding'] ?? '').toBe(sent);
    expect(packed.text === plain.text).toBe(true);
  });
});

describe('whoever asks for open pages again and again', () => {
  it('gets 429, by address and page', async () => {
    const service = await startTestApp({ env: { PUBLIC_RATE_LIMIT_PER_MINUTE: '2' } });
    for (const path of ['/metrics', '/openapi.json', '/openapi.yaml', '/docs', '/docs/start.js']) {
      const get = () => request(service.url).get(path);
      await get().expect(200);
      await get().expect(200);
      const refused = await get().expect(429);
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    }
    await request(service.url).get('/healthz').expect(200);
    await service.close();
  });
});

describe('a service that 20 connections send 40 requests each for its documents, reading nothing', () => {
  afterAll(stopAllServices);

  it('answers its probe meanwhile', async () => {
    const service = await startService({
      DATA_DIR: emptyDirectory(),
      PUBLIC_RATE_LIMIT_PER_MINUTE: '1000000',
    });
    await service.untilReady();
    const port = Number(new URL(service.url).port);
    // Before, the probe waited for all 800 to be rendered: more than 20 seconds.
    await takesLessThan(1_000, async () => {
      const attackers = Array.from({ length: 20 }, () => net.connect(port, '127.0.0.1').pause());
      for (const socket of attackers) {
        socket.on('error', () => undefined);
        socket.write('GET /openapi.yaml HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(40));
      }
      await fetch(`${service.url}/openapi.json`); // Behind the attack in the queue of the service.
      const startedMs = performance.now();
      expect((await fetch(`${service.url}/healthz`)).status).toBe(200);
      const tookMs = performance.now() - startedMs;
      for (const socket of attackers) socket.destroy();
      return tookMs;
    });
    await service.stop();
  });
});
