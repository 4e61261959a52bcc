import { createHmac } from 'node:crypto';
import { Controller, Get, Module } from '@nestjs/common';
import { Public } from '../../src/access/access.decorators.js';
import { RouteNeeds } from '../../src/http/route-policy.js';
import { DatabaseStartup } from '../../src/storage/database-startup.js';
import { startTestApp, type TestApp } from '../support/app.js';
import type { OpenApi } from '../support/openapi-document.js';

const SECRET = 'the-github-secret';
const FLOW = 'name: Written\nsteps:\n  - transform: "1"\n';

@Controller('of-the-test')
@Public()
@RouteNeeds({ takesYaml: true })
class OwnController {
  @Get('page')
  @RouteNeeds({ isPage: true, isOpenWhileStarting: true })
  page(): string {
    return 'page';
  }

  @Get('plain')
  plain(): string {
    return 'plain';
  }
}

@Module({ controllers: [OwnController] })
class OwnModule {}

/** The ways to write one address that the router takes for the same. */
const spellings = (path: string): string[] => [
  path,
  path.toUpperCase(),
  `${path}/`,
  `${path.toUpperCase()}/`,
];

describe('what a route needs', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startTestApp({
      env: {
        GITHUB_WEBHOOK_SECRET: SECRET,
        WEBHOOK_RATE_LIMIT_PER_MINUTE: '777',
        PUBLIC_RATE_LIMIT_PER_MINUTE: '888',
      },
      imports: [OwnModule],
    });
  });
  afterAll(() => service.close());

  const send = (path: string, body: string, headers: Record<string, string>): Promise<Response> =>
    fetch(service.url + path, { method: 'POST', body, headers });

  it('a body in YAML, however the address is written', async () => {
    const yaml = { 'Content-Type': 'application/yaml' };
    for (const path of spellings('/flows')) {
      const { status } = await send(path, FLOW, yaml);
      expect([path, status]).toEqual([path, 201]);
    }
    for (const path of [
      '/actions/run',
      '/ACTIONS/run',
      '/schedules',
      '/events/replay',
      '/dead-letters/redrive',
    ]) {
      const { status } = await send(path, FLOW, yaml);
      expect([path, status]).toEqual([path, 415]);
    }
  });

  it('its raw bytes and its own rate, however the address is written', async () => {
    const body = '{"zen":  "two spaces"}';
    const signature = `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`;
    for (const path of spellings('/webhooks').flatMap((start) => [`${start.replace(/\/$/, '')}/github`])) {
      const headers = {
        'X-Hub-Signature-256': signature,
        'X-GitHub-Event': 'ping',
        'X-GitHub-Delivery': path,
      };
      const response = await send(path, body, { ...headers, 'Content-Type': 'application/json' });
      expect([path, response.status, response.headers.get('ratelimit-limit')]).toEqual([path, 200, '777']);
    }
  });

  it('the headers of a page, which its neighbours do not get', async () => {
    for (const path of [
      ...spellings('/docs'),
      '/docs/index.html',
      '/DOCS/index.html',
      ...spellings('/of-the-test/page'),
    ]) {
      const { status, headers } = await fetch(service.url + path);
      expect([path, status, headers.get('content-security-policy')]).toEqual([
        path,
        200,
        expect.stringContaining("script-src 'self'"),
      ]);
    }
    for (const path of [
      '/docs.html',
      '/docsx',
      '/openapi.json',
      '/OPENAPI.yaml',
      '/of-the-test/plain',
      '/healthz',
    ]) {
      const { headers } = await fetch(service.url + path);
      const policy = headers.get('content-security-policy');
      expect([path, policy]).toEqual([path, "default-src 'none'; frame-ancestors 'none'"]);
    }
  });

  it('is the same for every route of the document that is asked for in capitals', async () => {
    const document = (await (await fetch(`${service.url}/openapi.json`)).json()) as OpenApi;
    const gets = Object.keys(document.paths).filter(
      (path) =>
        document.paths[path]?.['get'] !== undefined && !path.includes('{') && path !== '/events/stream',
    );
    expect(gets.length).toBeGreaterThan(8);
    for (const path of gets) {
      const answers = await Promise.all(spellings(path).map((written) => fetch(service.url + written)));
      const seen = answers.map(({ status, headers }) =>
        JSON.stringify([status, headers.get('content-security-policy'), headers.get('ratelimit-limit')]),
      );
      expect([path, new Set(seen).size]).toEqual([path, 1]);
    }
  });
});

describe('while the service starts', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startTestApp({ imports: [OwnModule] });
    Object.defineProperty(service.app.get(DatabaseStartup), 'isReady', { get: () => false });
  });
  afterAll(() => service.close());

  it.each([
    '/healthz',
    '/readyz',
    '/metrics',
    '/docs',
    '/docs/start.js',
    '/openapi.json',
    '/openapi.yaml',
    '/of-the-test/page',
  ])('%s is open, however it is written', async (path) => {
    for (const written of spellings(path)) {
      const { status, headers } = await fetch(service.url + written);
      expect([written, status, headers.get('retry-after')]).not.toEqual([written, 503, '1']);
    }
  });

  it.each(['/flows', '/events', '/of-the-test/plain', '/healthz/../flows'])('%s is not', async (path) => {
    for (const written of spellings(path)) {
      const response = await fetch(service.url + written);
      expect([written, response.status, response.headers.get('retry-after')]).toEqual([written, 503, '1']);
    }
  });

  it('an address that is no route is none', async () => {
    expect((await fetch(`${service.url}/docs-of-somebody`)).status).toBe(404);
    expect((await fetch(`${service.url}/healthz/flows`)).status).toBe(404);
  });
});
