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
  /** Of the installation; older tokens have none. */
  addonId: string | undefined;
}

/** Of a token that Clockify signed for an add-on, whatever for. */
export type SignedClaims = Readonly<Record<string, unknown>>;

interface Verdict {
  claims: AddonClaims | undefined;
  expiresMs: number;
}

const VERDICTS_MAX = 10_000;
const REFUSAL_KEPT_MS = 60_000;
const LONGEST_TOKEN = 8_192;
/** Claims of the tokens that Clockify signs for the same add-on and that call its API: each member's browser has one. */
export const CALLERS_CLAIMS = [
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
    if (!isToken(token)) return undefined;
    const key = hash('sha256', token, 'base64');
    const known = this.#verdicts.get(key);
    if (known && known.expiresMs > this.clock.nowMs()) return known.claims;
    const verdict = await this.#judge(token);
    if (this.#verdicts.size >= VERDICTS_MAX) this.#forgetOldest();
    this.#verdicts.set(key, verdict);
    return verdict.claims;
  }

  /** All claims of a token that Clockify signed for some add-on and that is valid now; undefined for any other text. */
  async read(token: string): Promise<SignedClaims | undefined> {
    if (!isToken(token)) return undefined;
    try {
      const { payload } = await this.#verified(token);
      return payload['type'] === 'addon' ? payload : undefined;
    } catch {
      return undefined; // Whatever is wrong with it, it is nobody's.
    }
  }

  async #judge(token: string): Promise<Verdict> {
    try {
      const { payload } = await this.#verified(token);
      return { claims: claimsOf(payload), expiresMs: Infinity };
    } catch {
      // Not a token, not theirs, or over: it stays so. Or early, because clocks differ: then it is right before long.
      return { claims: undefined, expiresMs: this.clock.nowMs() + REFUSAL_KEPT_MS };
    }
  }

  #verified(token: string) {
    const currentDate = this.clock.now();
    return jwtVerify(token, this.#key, { algorithms: ['RS256'], issuer: 'clockify', currentDate });
  }

  #forgetOldest(): void {
    const oldest = this.#verdicts.keys().next();
    if (!oldest.done) this.#verdicts.delete(oldest.value);
  }
}

function claimsOf(payload: SignedClaims): AddonClaims | undefined {
  const { type, sub, workspaceId, addonId } = payload;
  if (type !== 'addon' || !isText(sub) || !isText(workspaceId)) return undefined;
  if (['exp', ...CALLERS_CLAIMS].some((name) => Object.hasOwn(payload, name))) return undefined;
  return { addonKey: sub, workspaceId, addonId: isText(addonId) ? addonId : undefined };
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

function isToken(text: string): boolean {
  return text.length <= LONGEST_TOKEN && isInOneSpelling(text);
}

/** The last character of base64url carries bits that count for nothing: without this, one token would be several. */
function isInOneSpelling(token: string): boolean {
  return token.split('.').every((part) => Buffer.from(part, 'base64url').toString('base64url') === part);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
