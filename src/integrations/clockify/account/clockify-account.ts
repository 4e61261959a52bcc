import { createHash } from 'node:crypto';
import type { ExecutionContext } from '../../integration.js';
import type { ClockifyHosts } from './clockify-hosts.js';

/** Exactly one of the two: Clockify refuses requests that carry both. */
export type ClockifyCredential = { apiKey: string } | { addonToken: string };

export interface AccountSettings {
  /** Absent where there is none to be had: such an account still knows its addresses. */
  credential?: ClockifyCredential | undefined;
  hosts: ClockifyHosts;
  /** Requests that all replicas together may send with the credential; 0 for no limit. */
  requestsPerSecond: number;
  requestsPerHour: number;
}

/** The context of a call whose account is known. */
export type AccountContext = Omit<ExecutionContext, 'account'> & { account: ClockifyAccount };

/**
 * Who Clockify is called as, and where. What is counted or remembered for it (budget, breakers, its user, what it made)
 * hangs on this object, see PerAccount, so that no call for one account touches what is another's. Promises not to show
 * its credential to whoever prints or serialises it.
 */
export class ClockifyAccount {
  readonly #credential: ClockifyCredential | undefined;

  constructor(
    readonly id: string,
    readonly settings: Omit<AccountSettings, 'credential'>,
    credential: ClockifyCredential | undefined,
  ) {
    this.#credential = credential;
  }

  get isConfigured(): boolean {
    return this.#credential !== undefined;
  }

  get headers(): Readonly<Record<string, string>> {
    if (this.#credential === undefined) return {};
    return 'apiKey' in this.#credential
      ? { 'x-api-key': this.#credential.apiKey }
      : { 'x-addon-token': this.#credential.addonToken };
  }

  /** To be taken out of what is shown. */
  get secrets(): readonly string[] {
    return Object.values(this.#credential ?? {});
  }

  /** Tells credentials apart without keeping them. */
  get fingerprint(): string {
    const [credential = ''] = this.secrets;
    return createHash('sha256').update(credential).digest('hex').slice(0, 16);
  }
}
