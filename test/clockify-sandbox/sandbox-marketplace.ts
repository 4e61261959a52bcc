import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { SignJWT } from 'jose';
import type { ClockifySandbox } from './clockify-sandbox.js';

type Claims = Record<string, unknown>;

interface Manifest {
  key: string;
  baseUrl: string;
  lifecycle: { type: string; path: string }[];
  webhooks?: { event: string; path: string }[];
}

export interface MarketWebhook {
  event: string;
  path: string;
  authToken: string;
}

/** An add-on in a workspace, with the tokens that go with it. */
export interface MarketInstallation {
  manifest: Manifest;
  workspaceId: string;
  addonId: string;
  authToken: string;
  lifecycleToken: string;
  webhooks: MarketWebhook[];
}

export interface LifecycleAnswer {
  status: number;
  text: string;
  body: any; // oxlint-disable-line typescript/no-explicit-any -- answers of many shapes
}

/** Clockify's marketplace: reads manifests, signs with a key of its own, and tells add-ons what happens to them. */
export class SandboxMarketplace {
  readonly publicKeyPem: string;
  readonly #key: KeyObject;

  constructor(private readonly sandbox: ClockifySandbox) {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    this.#key = privateKey;
    this.publicKeyPem = publicKey.export({ type: 'spki', format: 'pem' }) as string;
  }

  /** What a service needs to be told to believe this marketplace. */
  get environment(): Record<string, string> {
    return { CLOCKIFY_ADDON_PUBLIC_KEY: this.publicKeyPem.replaceAll('\n', '\\n') };
  }

  sign(claims: Claims, expiresAt?: Date): Promise<string> {
    const { iss = 'clockify', ...rest } = claims;
    const token = new SignJWT({ type: 'addon', ...rest })
      .setProtectedHeader({ alg: 'RS256' })
      .setIssuer(iss as string);
    return (expiresAt ? token.setExpirationTime(expiresAt) : token).sign(this.#key);
  }

  /** What an installation would be, without telling the add-on of it. Later ones have later ids, as Clockify's. */
  async prepare(
    manifestUrl: string,
    workspaceId: string = this.sandbox.workspace.id,
    at: Date = new Date(),
  ): Promise<MarketInstallation> {
    const manifest = (await (await fetch(manifestUrl)).json()) as Manifest;
    const seconds = Math.floor(at.getTime() / 1000);
    const addonId = seconds.toString(16).padStart(8, '0') + randomBytes(8).toString('hex');
    const claims = { sub: manifest.key, workspaceId, addonId };
    const hosts = {
      backendUrl: `${this.sandbox.url}/api`,
      reportsUrl: `${this.sandbox.url}/report`,
      user: this.sandbox.user.id,
    };
    const webhooks = (manifest.webhooks ?? []).map(async ({ event, path }) => ({
      event,
      path,
      authToken: await this.sign({ ...claims, webhook: path }),
    }));
    const installation = {
      manifest,
      workspaceId,
      addonId,
      authToken: await this.sign({ ...claims, ...hosts }),
      lifecycleToken: await this.sign(claims),
      webhooks: await Promise.all(webhooks),
    };
    this.sandbox.acceptAddonToken(installation.authToken);
    return installation;
  }

  async install(manifestUrl: string, workspaceId?: string): Promise<MarketInstallation> {
    const installation = await this.prepare(manifestUrl, workspaceId);
    await this.tellInstalled(installation);
    return installation;
  }

  tellInstalled(installation: MarketInstallation, more: object = {}): Promise<LifecycleAnswer> {
    const { addonId, workspaceId, authToken, webhooks, manifest } = installation;
    return this.tell(installation, 'INSTALLED', {
      addonId,
      authToken,
      workspaceId,
      asUser: this.sandbox.user.id,
      addonUserId: this.sandbox.user.id,
      apiUrl: `${this.sandbox.url}/api`,
      // Clockify writes full addresses, with a slash too many.
      webhooks: webhooks.map(({ path, authToken: token }) => ({
        path: `${manifest.baseUrl}/${path}`,
        webhookType: 'ADDON',
        authToken: token,
      })),
      ...more,
    });
  }

  async uninstall(installation: MarketInstallation): Promise<LifecycleAnswer> {
    const { addonId, workspaceId, authToken } = installation;
    this.sandbox.revokeAddonToken(authToken);
    return this.tell(installation, 'DELETED', { addonId, workspaceId, asUser: this.sandbox.user.id });
  }

  changeStatus(installation: MarketInstallation, status: string): Promise<LifecycleAnswer> {
    const { addonId, workspaceId } = installation;
    return this.tell(installation, 'STATUS_CHANGED', { addonId, workspaceId, status });
  }

  updateSettings(installation: MarketInstallation, settings: unknown): Promise<LifecycleAnswer> {
    const { addonId, workspaceId } = installation;
    return this.tell(installation, 'SETTINGS_UPDATED', { addonId, workspaceId, settings });
  }

  /** Delivers an event to the path that the manifest has for it, with its token and type unless others are given. */
  deliver(
    { manifest, webhooks }: MarketInstallation,
    event: string,
    payload: unknown,
    given: { token?: string | undefined; type?: string } = {},
  ): Promise<LifecycleAnswer> {
    const webhook = webhooks.find((one) => one.event === event);
    if (webhook === undefined) throw new Error(`The manifest does not subscribe to ${event}`);
    const token = 'token' in given ? given.token : webhook.authToken;
    return postJson(manifest.baseUrl + webhook.path, payload, {
      'Clockify-Webhook-Event-Type': given.type ?? event,
      ...(token === undefined ? {} : { 'Clockify-Signature': token }),
    });
  }

  /** Posts to the path that the manifest has for it; with the token of its lifecycle, unless another is given. */
  tell(
    { manifest, lifecycleToken }: MarketInstallation,
    type: string,
    body: unknown,
    headers: Record<string, string> = { 'X-Addon-Lifecycle-Token': lifecycleToken },
  ): Promise<LifecycleAnswer> {
    const path = manifest.lifecycle.find((entry) => entry.type === type)?.path ?? '';
    return postJson(manifest.baseUrl + path, body, headers);
  }
}

export async function postJson(
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<LifecycleAnswer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, text, body: parsed(text) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
