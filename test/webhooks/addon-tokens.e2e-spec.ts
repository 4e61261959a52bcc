import { hash } from 'node:crypto';
import { startTestApp, type TestApp } from '../support/app.js';
import { createTokenSigner } from '../support/signing.js';
import { deliver, type WebhookAnswer } from '../support/webhook-client.js';

const ENTRY = { id: 'entry123', userId: 'user123' };
/** What Clockify signs for a webhook of an installation, and nothing else that it signs for the same add-on. */
const WEBHOOK = { sub: 'our-addon', workspaceId: 'ours', addonId: 'installation-1' };

describe("add-on tokens at /webhooks/clockify, where only a webhook's own may speak", () => {
  const signer = createTokenSigner();
  const stranger = createTokenSigner();
  let service: TestApp;
  let counter = 0;
  beforeAll(async () => {
    service = await startTestApp({
      env: {
        CLOCKIFY_WEBHOOK_ADDON_KEYS: 'our-addon',
        CLOCKIFY_WEBHOOK_WORKSPACES: 'ours, also-ours',
        CLOCKIFY_ADDON_PUBLIC_KEY: signer.publicKeyPem.replaceAll('\n', '\\n'),
      },
    });
  });
  afterAll(() => service.close());

  const send = (token: string, body: object = {}): Promise<WebhookAnswer> =>
    deliver(
      service.url,
      'clockify',
      { ...ENTRY, n: ++counter, ...body },
      { 'Clockify-Signature': token, 'Clockify-Webhook-Event-Type': 'NEW_TIME_ENTRY' },
    );
  const inMinutes = (minutes: number): Date => new Date(Date.now() + minutes * 60_000);

  it('takes the token of a webhook, for its own workspace and each that is named', async () => {
    for (const workspaceId of ['ours', 'also-ours']) {
      const { status, body } = await send(await signer.sign({ ...WEBHOOK, workspaceId }));
      expect([status, body.data?.event.workspaceId]).toEqual([200, workspaceId]);
    }
  });

  it("refuses the token that every member has in the browser, and the installation's own", async () => {
    const claims: Record<string, Record<string, unknown>> = {
      user: { user: 'member-1' },
      workspaceRole: { workspaceRole: 'REGULAR' },
      backendUrl: { backendUrl: 'https://api.clockify.me/api' },
      'other hosts': { reportsUrl: 'https://reports.api.clockify.me' },
      'alias of the host': { apiUrl: 'https://api.clockify.me/api' },
      'null is a claim too': { user: null },
      'all of a user token': {
        user: 'member-1',
        workspaceRole: 'OWNER',
        backendUrl: 'https://api.clockify.me/api',
        language: 'en',
        theme: 'DARK',
      },
    };
    for (const [what, more] of Object.entries(claims)) {
      const { status, body } = await send(await signer.sign({ ...WEBHOOK, ...more }));
      expect([what, status, body.error?.code]).toEqual([what, 401, 'unauthorized']);
    }
    const withEnd = await send(await signer.sign(WEBHOOK, inMinutes(30)));
    expect([withEnd.status, withEnd.body.error?.code]).toEqual([401, 'unauthorized']);
  });

  it('refuses a token that names no workspace, whatever the body says', async () => {
    for (const workspace of [{}, { activeWs: 'ours' }, { workspaceId: '' }, { workspaceId: ['ours'] }]) {
      const token = await signer.sign({ sub: 'our-addon', addonId: 'installation-1', ...workspace });
      const { status } = await send(token, { workspaceId: 'ours' });
      expect([workspace, status]).toEqual([workspace, 401]);
    }
  });

  it('lets no workspace in that is not named, and none that the body names beside it', async () => {
    const foreign = await send(await signer.sign({ ...WEBHOOK, workspaceId: 'a-strangers' }));
    expect([foreign.status, foreign.body.error?.code]).toEqual([403, 'forbidden']);
    const other = await send(await signer.sign(WEBHOOK), { workspaceId: 'also-ours' });
    expect([other.status, other.body.error?.code]).toEqual([403, 'forbidden']);
  });

  it("does not count a stranger's workspace as a failed authentication: its sender is ours, too", async () => {
    const strict = await startTestApp({
      env: {
        CLOCKIFY_WEBHOOK_ADDON_KEYS: 'our-addon',
        CLOCKIFY_WEBHOOK_WORKSPACES: 'ours',
        CLOCKIFY_ADDON_PUBLIC_KEY: signer.publicKeyPem.replaceAll('\n', '\\n'),
        AUTH_FAILURE_RATE_LIMIT_PER_MINUTE: '2',
      },
    });
    try {
      const foreign = await signer.sign({ ...WEBHOOK, workspaceId: 'a-strangers' });
      const post = (token: string) =>
        deliver(strict.url, 'clockify', { ...ENTRY, n: ++counter }, { 'Clockify-Signature': token });
      for (let i = 0; i < 4; i++) expect((await post(foreign)).status).toBe(403);
      expect((await post(await signer.sign(WEBHOOK))).status).toBe(200);
    } finally {
      await strict.close();
    }
  });

  it('takes one spelling of a token only: another last character is another token', async () => {
    const token = await signer.sign(WEBHOOK);
    const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const last = token.at(-1) ?? '';
    const twins = [...digits]
      .filter((digit) => digit !== last)
      .map((digit) => token.slice(0, -1) + digit)
      .filter((twin) => bytesOf(twin).equals(bytesOf(token)));
    expect(twins.length).toBeGreaterThan(0);
    expect((await send(token, { n: 'twin' })).status).toBe(200);
    for (const twin of [...twins, `${token}=`, `${token}.`]) {
      expect((await send(twin, { n: 'twin' })).status).toBe(401);
    }
  });

  it('refuses forged tokens, whatever they are forged with', async () => {
    const [header = '', payload = '', signature = ''] = (await signer.sign(WEBHOOK)).split('.');
    const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const forged: Record<string, string> = {
      'another key': await stranger.sign(WEBHOOK),
      'another issuer': await signer.sign({ ...WEBHOOK, iss: 'someone' }),
      'another type': await signer.sign({ ...WEBHOOK, type: 'user' }),
      'another add-on': await signer.sign({ ...WEBHOOK, sub: 'their-addon' }),
      'add-ons as a list': await signer.sign({ ...WEBHOOK, sub: ['our-addon'] as unknown as string }),
      'no algorithm': `${encoded({ alg: 'none' })}.${payload}.`,
      'another payload': `${header}.${encoded({ iss: 'clockify', type: 'addon', ...WEBHOOK })}.${signature}`,
      'no signature': `${header}.${payload}.`,
      'half a signature': `${header}.${payload}.${signature.slice(0, 100)}`,
      'a key of its own': `${encoded({ alg: 'RS256', jwk: {} })}.${payload}.${signature}`,
    };
    for (const [what, token] of Object.entries(forged)) {
      expect([what, (await send(token)).status]).toEqual([what, 401]);
    }
  });
});

describe('an add-on whose workspaces nobody has named', () => {
  const signer = createTokenSigner();
  it('lets none in and says which variable is missing, in the answer, at start and in readiness', async () => {
    const service = await startTestApp({
      env: {
        LOG_LEVEL: 'warn',
        CLOCKIFY_WEBHOOK_ADDON_KEYS: 'our-addon',
        CLOCKIFY_ADDON_PUBLIC_KEY: signer.publicKeyPem.replaceAll('\n', '\\n'),
      },
    });
    try {
      const token = await signer.sign(WEBHOOK);
      const { status, body } = await deliver(service.url, 'clockify', ENTRY, { 'Clockify-Signature': token });
      expect([status, body.error.message]).toEqual([
        403,
        expect.stringContaining('CLOCKIFY_WEBHOOK_WORKSPACES'),
      ]);
      expect(service.logs.map((line) => String(line['message']))).toContainEqual(
        expect.stringContaining('CLOCKIFY_WEBHOOK_WORKSPACES'),
      );
      const ready = (await (await fetch(`${service.url}/readyz`)).json()) as { data: { warnings: string[] } };
      expect(ready.data.warnings).toContainEqual(expect.stringContaining('CLOCKIFY_WEBHOOK_WORKSPACES'));
    } finally {
      await service.close();
    }
  });
});

describe('pinned tokens', () => {
  const signer = createTokenSigner();
  it('are taken by their digest alone, and speak for the workspace that they carry', async () => {
    const pinned = await signer.sign(WEBHOOK);
    const service = await startTestApp({
      env: { CLOCKIFY_WEBHOOK_TOKENS: `sha256:${digestOf(pinned)}, a-plain-token` },
    });
    try {
      const post = (token: string, body: object) =>
        deliver(service.url, 'clockify', { ...ENTRY, ...body }, { 'Clockify-Signature': token });
      const taken = await post(pinned, { n: 1 });
      expect([taken.status, taken.body.data?.event.workspaceId]).toEqual([200, 'ours']);
      expect((await post(pinned, { n: 2, workspaceId: 'a-strangers' })).status).toBe(403);
      expect((await post('a-plain-token', { n: 3, workspaceId: 'any' })).status).toBe(200);
      expect((await post(await signer.sign({ ...WEBHOOK, addonId: 'other' }), { n: 4 })).status).toBe(401);
      expect((await post(`sha256:${digestOf(pinned)}`, { n: 5 })).status).toBe(401);
    } finally {
      await service.close();
    }
  });
});

function bytesOf(token: string): Buffer {
  return Buffer.from(token.slice(token.lastIndexOf('.') + 1), 'base64url');
}

function digestOf(token: string): string {
  return hash('sha256', token, 'hex');
}
