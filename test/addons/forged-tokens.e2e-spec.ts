import { createHmac, createSign, generateKeyPairSync } from 'node:crypto';
import { createTokenSigner } from '../support/signing.js';
import type { MarketInstallation } from '../clockify-sandbox/sandbox-marketplace.js';
import { type AddonService, startAddonService } from './addon-service.js';

type Tokens = Record<string, string>;

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const inMinutes = (minutes: number): Date => new Date(Date.now() + minutes * 60_000);

describe('forged tokens', () => {
  let addons: AddonService;
  let one: MarketInstallation;
  let other: MarketInstallation;
  const stranger = createTokenSigner();

  beforeAll(async () => {
    addons = await startAddonService();
    one = await addons.market.prepare(addons.manifestOf('api-studio'), 'workspace-1');
    other = await addons.market.prepare(addons.manifestOf('universal-webhook'), 'workspace-1');
    await addons.market.tellInstalled(one, {
      webhooks: [{ path: '/webhooks/clockify', authToken: await webhookToken() }],
    });
  });
  afterAll(() => addons.close());

  const claimsOf = ({ manifest, workspaceId, addonId }: MarketInstallation) => ({
    sub: manifest.key,
    workspaceId,
    addonId,
  });
  const webhookToken = (): Promise<string> => addons.market.sign({ ...claimsOf(one), n: 'webhook' });

  /** Whatever the signature is made with, of the claims that would be right. */
  function resigned(): Tokens {
    const [header = '', payload = '', signature = ''] = one.lifecycleToken.split('.');
    const pem = addons.market.publicKeyPem;
    const hmac = (alg: string, hash: string, secret: string): string => {
      const head = `${encoded({ alg, typ: 'JWT' })}.${payload}`;
      return `${head}.${createHmac(hash, secret).update(head).digest('base64url')}`;
    };
    const rsa = (head: object, algorithm: string): string => {
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      const text = `${encoded(head)}.${payload}`;
      return `${text}.${createSign(algorithm).update(text).sign(privateKey, 'base64url')}`;
    };
    return {
      ...Object.fromEntries(
        ['none', 'None', 'NONE', 'nOnE', ''].flatMap((alg) => [
          [`alg ${alg} without a signature`, `${encoded({ alg })}.${payload}.`],
          [`alg ${alg} with the right one`, `${encoded({ alg })}.${payload}.${signature}`],
        ]),
      ),
      'no alg': `${encoded({ typ: 'JWT' })}.${payload}.${signature}`,
      'HS256 by the public key': hmac('HS256', 'sha256', pem),
      'HS256 by the public key without its end': hmac('HS256', 'sha256', pem.trim()),
      'HS384 by the public key': hmac('HS384', 'sha384', pem),
      'HS512 by the public key': hmac('HS512', 'sha512', pem),
      'HS256 by nothing': hmac('HS256', 'sha256', ''),
      'RS256 as HS256': hmac('RS256', 'sha256', pem),
      RS384: rsa({ alg: 'RS384' }, 'sha384'),
      RS512: rsa({ alg: 'RS512' }, 'sha512'),
      PS256: rsa({ alg: 'PS256' }, 'sha256'),
      ES256: rsa({ alg: 'ES256' }, 'sha256'),
      'a key by its id': rsa({ alg: 'RS256', kid: '../../../../dev/null' }, 'sha256'),
      'a key by SQL': rsa({ alg: 'RS256', kid: "x' union select 'key" }, 'sha256'),
      'a key of its own': rsa({ alg: 'RS256', jwk: { kty: 'RSA', n: 'AQAB', e: 'AQAB' } }, 'sha256'),
      'a key from elsewhere': rsa({ alg: 'RS256', jku: `${addons.sandbox.url}/keys` }, 'sha256'),
      'a certificate from elsewhere': rsa({ alg: 'RS256', x5u: `${addons.sandbox.url}/keys` }, 'sha256'),
      'what must be understood': `${encoded({ alg: 'RS256', crit: ['exp'], exp: 1 })}.${payload}.${signature}`,
      'not encoded': `${encoded({ alg: 'RS256', b64: false, crit: ['b64'] })}.${payload}.${signature}`,
      'another header': `${encoded({ alg: 'RS256', typ: 'JWT' })}.${payload}.${signature}`,
      'other claims': `${header}.${encoded({ ...claimsOf(one), workspaceId: 'workspace-2', type: 'addon', iss: 'clockify' })}.${signature}`,
    };
  }

  /** What is left or put where a token was. */
  function damaged(): Tokens {
    const token = one.lifecycleToken;
    const [header = '', payload = '', signature = ''] = token.split('.');
    return {
      'cut by one': token.slice(0, -1),
      'cut by half': token.slice(0, token.length / 2),
      'without a signature': `${header}.${payload}.`,
      'without its last dot': `${header}.${payload}`,
      'four parts': `${token}.x`,
      'encrypted, by its parts': `${token}.x.y`,
      twice: `${token}${token}`,
      'with a sign of base64': `${token}=`,
      'in another alphabet': `${header}.${payload}.${signature.replaceAll('-', '+').replaceAll('_', '/')}=`,
      'a bearer': `Bearer ${token}`,
      'in quotes': `"${token}"`,
      'a signature of zeros': `${header}.${payload}.${'A'.repeat(signature.length)}`,
      'a signature of one byte': `${header}.${payload}.AA`,
      'parts in another order': `${payload}.${header}.${signature}`,
      'no JSON': `${Buffer.from('{').toString('base64url')}.${payload}.${signature}`,
      'claims that are a list': `${header}.${encoded([1])}.${signature}`,
      dots: '...',
      'one word': 'test-token',
      huge: `${header}.${'A'.repeat(9_000)}.${signature}`,
      'of ten thousand parts': 'a.'.repeat(5_000),
    };
  }

  /** Signed by the right key, for something else. */
  async function misplaced(): Promise<Tokens> {
    const { sign } = addons.market;
    const by = (claims: object, expires?: Date) =>
      sign.call(addons.market, claims as Record<string, unknown>, expires);
    const own = claimsOf(one);
    const hosts = { backendUrl: `${addons.sandbox.url}/api`, user: 'owner-1' };
    return {
      'of the other add-on': other.lifecycleToken,
      'of no add-on': await by({ workspaceId: own.workspaceId, addonId: own.addonId }),
      'of an add-on in other letters': await by({ ...own, sub: own.sub.toUpperCase() }),
      'of several add-ons': await by({ ...own, sub: [own.sub] }),
      'of another issuer': await by({ ...own, iss: 'clockify.me' }),
      'of an issuer in other letters': await by({ ...own, iss: 'Clockify' }),
      'of no type': await by({ ...own, type: undefined }),
      'of another type': await by({ ...own, type: 'user' }),
      'of several types': await by({ ...own, type: ['addon'] }),
      'that is over': await by(own, inMinutes(-1)),
      'that is over long since': await by(own, new Date(1_000_000_000_000)),
      'that is still to come': await by({ ...own, nbf: Math.floor(inMinutes(10).getTime() / 1000) }),
      'that ends at no time': await by({ ...own, exp: 'never' }),
      'of no workspace': await by({ ...own, workspaceId: undefined }),
      'of an empty workspace': await by({ ...own, workspaceId: '' }),
      'of several workspaces': await by({ ...own, workspaceId: [own.workspaceId] }),
      'of no installation': await by({ ...own, addonId: undefined }),
      'of an installation that is a number': await by({ ...own, addonId: 7 }),
      'of the installation itself': one.authToken,
      'of a member': await by({ ...own, ...hosts, workspaceRole: 'OWNER', language: 'EN' }, inMinutes(30)),
      'of a member, with nothing but the role': await by({ ...own, workspaceRole: 'OWNER' }),
      'of a member, with nothing but the user': await by({ ...own, user: 'member-1' }),
      'of a webhook': await webhookToken(),
      'by another key': await stranger.sign(own),
      'by another key, of another add-on': await stranger.sign(claimsOf(other)),
    };
  }

  const body = (installation: MarketInstallation): object => ({
    addonId: installation.addonId,
    workspaceId: installation.workspaceId,
    authToken: installation.authToken,
    apiUrl: `${addons.sandbox.url}/api`,
    status: 'INACTIVE',
    settings: [],
  });

  it('open no door of the lifecycle, whatever they are forged with', async () => {
    const all: Tokens = { ...resigned(), ...damaged(), ...(await misplaced()) };
    expect(Object.keys(all).length).toBeGreaterThanOrEqual(60);
    const before = await addons.rows('addon_installations');
    for (const [what, token] of Object.entries(all)) {
      for (const type of ['INSTALLED', 'DELETED', 'SETTINGS_UPDATED', 'STATUS_CHANGED'])
        for (const header of ['X-Addon-Lifecycle-Token', 'Clockify-Signature']) {
          const { status } = await addons.market.tell(one, type, body(one), { [header]: token });
          expect([what, type, header, status]).toEqual([what, type, header, 401]);
        }
    }
    expect(await addons.rows('addon_installations')).toEqual(before);
  });

  it('are not made good by a right one in the other header, nor by another name of the header', async () => {
    const wrong = await addons.market.tell(one, 'STATUS_CHANGED', body(one), {
      'X-Addon-Lifecycle-Token': 'test-token',
      'Clockify-Signature': one.lifecycleToken,
    });
    expect(wrong.status).toBe(401);
    for (const name of ['X-Addon-Token', 'Authorization', 'X-Webhook-Secret']) {
      const { status } = await addons.market.tell(one, 'STATUS_CHANGED', body(one), {
        [name]: one.lifecycleToken,
      });
      expect([name, status]).toEqual([name, 401]);
    }
  });

  it('may be right and for another workspace or installation than the body is about', async () => {
    const elsewhere = await addons.market.prepare(addons.manifestOf('api-studio'), 'workspace-2');
    for (const change of [{ workspaceId: 'workspace-2' }, { addonId: elsewhere.addonId }, body(elsewhere)])
      for (const type of ['INSTALLED', 'DELETED', 'SETTINGS_UPDATED', 'STATUS_CHANGED']) {
        const { status } = await addons.market.tell(one, type, { ...body(one), ...change });
        expect([type, change, status]).toEqual([type, change, 403]);
      }
  });

  it('are not taken for the token of an installation, which must be one of this workspace and add-on', async () => {
    const own = claimsOf(one);
    const core = { backendUrl: `${addons.sandbox.url}/api` };
    const elsewhere = await addons.market.prepare(addons.manifestOf('api-studio'), 'workspace-2');
    const wrong: Tokens = {
      'a word': 'test-token',
      'its lifecycle token': one.lifecycleToken,
      'the webhook token': await webhookToken(),
      'a member': await addons.market.sign({ ...own, ...core, workspaceRole: 'OWNER' }),
      'a member by its end': await addons.market.sign({ ...own, ...core }, inMinutes(30)),
      'a member by the language': await addons.market.sign({ ...own, ...core, language: 'EN' }),
      'another workspace': elsewhere.authToken,
      'the other add-on': other.authToken,
      'another key': await stranger.sign({ ...own, ...core }),
      'a host of somebody': await addons.market.sign({ ...own, backendUrl: 'https://evil.example/api' }),
      'a host that looks like it': await addons.market.sign({
        ...own,
        backendUrl: 'https://clockify.me.evil.example',
      }),
      'a host without TLS': await addons.market.sign({ ...own, backendUrl: 'http://api.clockify.me/api' }),
      'a host with a password': await addons.market.sign({
        ...own,
        backendUrl: 'https://x:y@api.clockify.me/api',
      }),
      'no address': await addons.market.sign({ ...own, backendUrl: '/api' }),
    };
    const before = await addons.rows('addon_installations');
    for (const [what, authToken] of Object.entries(wrong)) {
      const { status, text } = await addons.market.tell(one, 'INSTALLED', { ...body(one), authToken });
      expect([what, status]).toEqual([what, 400]);
      expect(text).not.toContain(authToken);
    }
    expect(await addons.rows('addon_installations')).toEqual(before);
  });

  it('count as failed authentications, so that guessing ends soon', async () => {
    const strict = await startAddonService({ AUTH_FAILURE_RATE_LIMIT_PER_MINUTE: '3' });
    try {
      const wanted = await strict.market.prepare(strict.manifestOf('api-studio'));
      const statuses: number[] = [];
      for (let i = 0; i < 6; i++)
        statuses.push(
          (await strict.market.tell(wanted, 'DELETED', {}, { 'X-Addon-Lifecycle-Token': `guess-${i}` }))
            .status,
        );
      expect(statuses).toContain(429);
      expect(statuses[0]).toBe(401);
    } finally {
      await strict.close();
    }
  });
});
