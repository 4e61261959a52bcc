import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startTestApp } from '../support/app.js';
import { emptyDirectory, startService, stopAllServices, type Service } from '../support/service.js';

const PACKAGE = /node_modules\/((?:@[^/]+\/)?[^/]+)/;

describe('the bundled service', () => {
  let service: Service;
  let loaded: string;
  beforeAll(async () => {
    loaded = join(emptyDirectory(), 'loaded');
    service = await startService({
      NODE_OPTIONS: `--import=${join(import.meta.dirname, 'list-loaded-modules.mjs')}`,
      LOADED_MODULES: loaded,
      LOG_JSON: 'false', // So that what prints for people is loaded too.
    });
    await service.untilReady();
  }, 120_000);
  afterAll(stopAllServices);

  it('names everything as its sources do', async () => {
    const { url, close } = await startTestApp();
    try {
      const [ofBundle, ofSources] = await Promise.all(
        [service.url, url].map(async (base) => (await fetch(`${base}/openapi.json`)).json()),
      );
      expect(Object.keys((ofSources as { paths: object }).paths).length).toBeGreaterThan(30);
      expect(ofBundle).toEqual(ofSources);
    } finally {
      await close();
    }
  });

  it('loads none of the packages a second time that it brings itself', async () => {
    expect((await fetch(`${service.url}/docs`)).status).toBe(200);
    const response = await fetch(`${service.url}/schedules`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ text: 'clockify.get_user', cron: '0 9 * * *' }),
    });
    expect(response.status).toBe(201);

    const packages = readFileSync(loaded, 'utf8')
      .split('\n')
      .flatMap((url) => PACKAGE.exec(url)?.[1] ?? []);
    const { dependencies } = JSON.parse(
      readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'),
    ) as { dependencies: object };
    const own = Object.keys(dependencies).filter((name) => packages.includes(name));
    expect(own.sort()).toEqual(['@electric-sql/pglite', 'pino', 'pino-pretty']);
  });
});
