import { createPrivateKey, createSign, type KeyObject } from 'node:crypto';
import type { Clock } from '../../../clock/clock.js';
import { pemOf } from '../github.config.js';

/** GitHub accepts ten minutes at most, and its clock may be ahead of ours or behind. */
const LIFE_SECONDS = 540;
const BEFORE_SECONDS = 60;

/** What a GitHub App says who it is with, signed anew for each call. */
export class AppJwt {
  readonly #key: KeyObject;

  constructor(
    private readonly appId: number,
    privateKey: string,
    private readonly clock: Clock,
  ) {
    this.#key = createPrivateKey(pemOf(privateKey));
  }

  sign(): string {
    const nowSeconds = Math.floor(this.clock.nowMs() / 1000);
    const claims = {
      iat: nowSeconds - BEFORE_SECONDS,
      exp: nowSeconds + LIFE_SECONDS,
      iss: String(this.appId),
    };
    const signed = `${encoded({ alg: 'RS256', typ: 'JWT' })}.${encoded(claims)}`;
    const signature = createSign('RSA-SHA256').update(signed).sign(this.#key, 'base64url');
    return `${signed}.${signature}`;
  }
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
