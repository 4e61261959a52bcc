import { Injectable } from '@nestjs/common';
import { AddonTokens, CALLERS_CLAIMS, type SignedClaims } from '../../sources/clockify/addon-tokens.js';
import type { Addon } from '../addon.js';
import { InstallationsRepository } from '../installations/installations.repository.js';
import { LifecycleRefusedError } from './lifecycle.errors.js';

/** Whose lifecycle a call is about, by a token of Clockify's. */
export interface LifecycleClaims {
  workspaceId: string;
  addonId: string;
}

export interface InstallationClaims {
  core: string;
  reports: string | null;
}

const ADDRESS_CLAIMS = ['backendUrl', 'apiUrl', 'baseUrl', 'baseURL'];
/** Of a member, whose token is over after half an hour; an installation's never is. */
const MEMBERS_CLAIMS = ['exp', 'workspaceRole', 'language', 'theme', 'timezone'];

/** Tells the tokens apart that Clockify signs for an add-on. Promises that each is accepted for one thing alone. */
@Injectable()
export class LifecycleProof {
  constructor(
    private readonly tokens: AddonTokens,
    private readonly installations: InstallationsRepository,
  ) {}

  /** Throws LifecycleRefusedError, also for the tokens of this add-on that are for webhooks or call the API. */
  async verify({ slug, key }: Addon, token: string | undefined): Promise<LifecycleClaims> {
    if (token === undefined) throw LifecycleRefusedError.missing();
    const claims = await this.tokens.read(token);
    if (claims?.['sub'] !== key || hasAny(claims, CALLERS_CLAIMS)) throw LifecycleRefusedError.wrong();
    const { workspaceId, addonId } = claims;
    if (!isText(workspaceId) || !isText(addonId)) throw LifecycleRefusedError.wrong();
    if (await this.installations.isWebhookToken({ addon: slug, workspaceId, token }))
      throw LifecycleRefusedError.wrong();
    return { workspaceId, addonId };
  }

  /** The addresses in the token of an installation; undefined for any other token, a member's included. */
  async installation(
    { key }: Addon,
    token: string,
    of: LifecycleClaims,
  ): Promise<InstallationClaims | undefined> {
    const claims = await this.tokens.read(token);
    if (claims?.['sub'] !== key || hasAny(claims, MEMBERS_CLAIMS)) return undefined;
    if (claims['workspaceId'] !== of.workspaceId || claims['addonId'] !== of.addonId) return undefined;
    const core = ADDRESS_CLAIMS.map((name) => claims[name]).find(isText);
    if (core === undefined) return undefined;
    const { reportsUrl } = claims;
    return { core, reports: isText(reportsUrl) ? reportsUrl : null };
  }
}

function hasAny(claims: SignedClaims, names: readonly string[]): boolean {
  return names.some((name) => Object.hasOwn(claims, name));
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
