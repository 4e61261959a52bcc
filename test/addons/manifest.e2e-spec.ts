import { get } from 'node:http';
import { manifestFaults } from '../../src/addons/manifest/manifest-faults.js';
import { checkAddon } from '../../src/addons/check/addon-check.js';
import { startTestApp, type TestApp } from '../support/app.js';

const ENVIRONMENT = {
  ADDONS: 'api-studio, universal-webhook',
  ADDON_HOSTS: 'webhook.example.com=universal-webhook',
  ADDON_DEFAULT: 'api-studio',
  TRUST_PROXY: 'loopback',
};

interface ReadManifest {
  key: string;
  name: string;
  baseUrl: string;
  settings: { tabs: { settings: unknown[] }[] };
}

/** By a host that fetch would not send. */
function read(
  url: string,
  headers: Record<string, string>,
): Promise<{ status: number; text: string; hsts: unknown }> {
  const { promise, resolve, reject } = Promise.withResolvers<{
    status: number;
    text: string;
    hsts: unknown;
  }>();
  get(url, { headers }, async (response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    resolve({ status: response.statusCode ?? 0, text, hsts: response.headers['strict-transport-security'] });
  }).on('error', reject);
  return promise;
}

describe('the manifests of add-ons', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startTestApp({ env: { ...ENVIRONMENT, LOG_LEVEL: 'info' } });
  });
  afterAll(() => service.close());

  const manifestAt = async (path: string, headers: Record<string, string> = {}): Promise<ReadManifest> =>
    JSON.parse((await read(service.url + path, headers)).text) as ReadManifest;

  it('are valid and name the address that they were asked at', async () => {
    for (const [slug, key] of [
      ['api-studio', 'clockify-api-studio'],
      ['universal-webhook', 'universal-webhook-api'],
    ] as const) {
      const manifest = await manifestAt(`/addons/${slug}/manifest`);
      expect(manifestFaults(manifest)).toEqual([]);
      expect([manifest.key, manifest.baseUrl]).toEqual([key, `${service.url}/addons/${slug}`]);
    }
  });

  it('have settings of a tab with 3, and of four tabs with 11', async () => {
    const studio = await manifestAt('/addons/api-studio/manifest');
    const webhook = await manifestAt('/addons/universal-webhook/manifest');
    const counts = ({ settings: { tabs } }: ReadManifest): number[] =>
      tabs.map(({ settings }) => settings.length);
    expect([counts(studio), counts(webhook)]).toEqual([[3], [5, 2, 3, 1]]);
  });

  it('stand at the root of the hosts that are an add-on, and of the others where one is the default', async () => {
    const byHost = await manifestAt('/manifest', { Host: 'Webhook.example.com' });
    expect([byHost.name, byHost.baseUrl]).toEqual(['Universal Webhook', 'http://Webhook.example.com']);
    const byDefault = await manifestAt('/manifest');
    expect([byDefault.name, byDefault.baseUrl]).toEqual(['API Studio', service.url]);
  });

  it('believe a trusted proxy about the host and the scheme, and then ask for HTTPS from now on', async () => {
    const headers = { 'X-Forwarded-Host': 'webhook.example.com', 'X-Forwarded-Proto': 'https' };
    const { text, hsts } = await read(`${service.url}/manifest`, headers);
    expect(JSON.parse(text)).toMatchObject({
      name: 'Universal Webhook',
      baseUrl: 'https://webhook.example.com',
    });
    expect(hsts).toBe('max-age=31536000');
  });

  it('take no host that is none', async () => {
    const { status, text } = await read(`${service.url}/manifest`, { 'X-Forwarded-Host': 'evil"/../<x>' });
    expect([status, text]).toEqual([400, expect.stringContaining('API_STUDIO_BASE_URL')]);
  });

  it('lead to pages and icons that answer, in the frame of Clockify alone, and keep the token out of the log', async () => {
    const rows = await checkAddon(`${service.url}/addons/api-studio`);
    const failed = rows.filter(({ outcome }) => outcome === 'fail').map(({ what }) => what);
    // On loopback there is no TLS; everything else must hold.
    expect(failed).toEqual([
      'The address is HTTPS',
      'TLS below 1.2 is refused',
      'Strict-Transport-Security is for a year at least',
    ]);
    await fetch(`${service.url}/ui?auth_token=eyJhbGciOiJSUzI1NiJ9.user-token-of-a-member`);
    expect(JSON.stringify(service.logs)).not.toContain('user-token-of-a-member');
    expect(service.logs.some((line) => line['path'] === '/ui' && line['route'] === '/addons/:addon/ui')).toBe(
      true,
    );
  });

  it('are those of no other add-on', async () => {
    const { status } = await fetch(`${service.url}/addons/other/manifest`);
    expect(status).toBe(404);
  });
});

describe('a service that is no add-on', () => {
  it('has nothing at the paths of one', async () => {
    const service = await startTestApp();
    try {
      const statuses = await Promise.all(
        ['/manifest', '/ui', '/icon.svg', '/addons/api-studio/manifest'].map(
          async (path) => (await fetch(service.url + path)).status,
        ),
      );
      expect(statuses).toEqual([404, 404, 404, 404]);
    } finally {
      await service.close();
    }
  });
});
