import { createPublicKey, hash, type KeyObject } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { decodeJwt, jwtVerify } from 'jose';
import { Clock } from '../../clock/clock.js';
import { CLOCKIFY_PUBLIC_KEY } from './clockify-public-key.js';
import { type WebhooksConfig, webhooksConfig } from '../sources.config.js';

export interface AddonClaims {
  /** The manifest key of the add-on. */
  addonKey: string;
  workspaceId: string;
}

interface Verdict {
  claims: AddonClaims | undefined;
  expiresMs: number;
}

const VERDICTS_MAX = 10_000;
const REFUSAL_KEPT_MS = 60_000;
const LONGEST_TOKEN = 8_192;
/** Claims of the tokens that Clockify signs for the same add-on and gives to others: each member's browser has one. */
const FOREIGN_CLAIMS = [
  'exp',
  'user',
  'workspaceRole',
  'backendUrl',
  'reportsUrl',
  'locationsUrl',
  'screenshotsUrl',
  'apiUrl',
  'baseUrl',
  'baseURL',
  'language',
  'theme',
] as const;

/**
 * Tokens that Clockify signs for the webhooks of add-ons. A webhook's token is the same in each delivery, so the verdict on
 * it is kept by its hash; one that was refused is judged again after a minute.
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

  /** The claims of a webhook's token; undefined for any other text, one that Clockify signed for something else included. */
  async verify(token: string): Promise<AddonClaims | undefined> {
    if (token.length > LONGEST_TOKEN || !isInOneSpelling(token)) return undefined;
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
      return { claims: claimsOf(payload), expiresMs: Infinity };
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

function claimsOf(payload: Readonly<Record<string, unknown>>): AddonClaims | undefined {
  const { type, sub, workspaceId } = payload;
  if (type !== 'addon' || !isText(sub) || !isText(workspaceId)) return undefined;
  if (FOREIGN_CLAIMS.some((name) => Object.hasOwn(payload, name))) return undefined;
  return { addonKey: sub, workspaceId };
}

/** The workspace in a token that was pinned, and so needs no proof; undefined where it is no token with one. */
export function workspaceIn(token: string): string | undefined {
  try {
    const { workspaceId } = decodeJwt(token) as { workspaceId?: unknown };
    return isText(workspaceId) ? workspaceId : undefined;
  } catch {
    return undefined; // Tokens of webhooks that people create are plain texts.
  }
}

/** The last character of base64url carries bits that count for nothing: without this, one token would be several. */
function isInOneSpelling(token: string): boolean {
  return token.split('.').every((part) => Buffer.from(part, 'base64url').toString('base64url') === part);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
