import { createPublicKey, hash, type KeyObject } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { jwtVerify } from 'jose';
import { Clock } from '../clock/clock.js';
import { CLOCKIFY_PUBLIC_KEY } from './clockify-public-key.js';
import { type WebhooksConfig, webhooksConfig } from './webhooks.config.js';

export interface AddonClaims {
  /** The manifest key of the add-on. */
  addonKey: string;
  workspaceId: string | null;
  addonId: string | null;
}

interface Verdict {
  claims: AddonClaims | undefined;
  expiresMs: number;
}

const VERDICTS_MAX = 10_000;
const REFUSAL_KEPT_MS = 60_000;
const LONGEST_TOKEN = 8_192;

/**
 * Tokens that Clockify signs for add-ons. A webhook's token is the same in each delivery, so the verdict on it is kept
 * by its hash; one that expires is judged again by then, and one that was refused after a minute.
 */
@Injectable()
export class AddonTokens {
  readonly #key: KeyObject;
  readonly #verdicts = new Map<string, Verdict>();

  constructor(
    @Inject(webhooksConfig.token) config: WebhooksConfig,
    private readonly clock: Clock,
  ) {
    this.#key = createPublicKey(config.CLOCKIFY_ADDON_PUBLIC_KEY ?? CLOCKIFY_PUBLIC_KEY);
  }

  /** The claims of a token that is signed, unexpired and of type add-on; undefined for any other text. */
  async verify(token: string): Promise<AddonClaims | undefined> {
    if (token.length > LONGEST_TOKEN) return undefined;
    const key = hash('sha256', token, 'base64');
    const known = this.#verdicts.get(key);
    if (known && known.expiresMs > this.clock.nowMs()) return known.claims;
    const verdict = await this.#judge(token);
    if (this.#verdicts.size >= VERDICTS_MAX) this.#forgetOldest();
    this.#verdicts.set(key, verdict);
    return verdict.claims;
  }

  async #judge(token: string): Promise<Verdict> {
    try {
      const { payload } = await jwtVerify(token, this.#key, {
        algorithms: ['RS256'],
        issuer: 'clockify',
        currentDate: this.clock.now(),
      });
      const isAddon = payload['type'] === 'addon' && typeof payload.sub === 'string';
      const expiresMs = payload.exp === undefined ? Infinity : payload.exp * 1000;
      return { claims: isAddon ? claimsOf(payload) : undefined, expiresMs };
    } catch {
      // Not a token, not theirs, or over: it stays so. Or early, because clocks differ: then it is right before long.
      return { claims: undefined, expiresMs: this.clock.nowMs() + REFUSAL_KEPT_MS };
    }
  }

  #forgetOldest(): void {
    const oldest = this.#verdicts.keys().next();
    if (!oldest.done) this.#verdicts.delete(oldest.value);
  }
}

function claimsOf(payload: Readonly<Record<string, unknown>>): AddonClaims {
  const text = (name: string): string | null => {
    const value = payload[name];
    return typeof value === 'string' && value !== '' ? value : null;
  };
  return {
    addonKey: text('sub') ?? '',
    workspaceId: text('workspaceId') ?? text('activeWs'),
    addonId: text('addonId'),
  };
}
