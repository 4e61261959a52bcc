import { isDeepStrictEqual } from 'node:util';
import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../../clock/clock.js';
import type { ExecutionContext } from '../../integration.js';
import { IntegrationError } from '../../integration-error.js';
import { type ClockifyConfig, clockifyConfig } from '../clockify.config.js';
import {
  type AccountContext,
  type AccountSettings,
  ClockifyAccount,
  type ClockifyCredential,
} from './clockify-account.js';
import { clockifyHosts } from './clockify-hosts.js';

/** Finds the accounts of one kind by the rest of their id; undefined where there is none of that name (any more). */
export type AccountSource = (name: string) => Promise<AccountSettings | undefined>;

interface Known {
  account: ClockifyAccount;
  settings: AccountSettings;
  untilMs: number;
}

/** An account that another replica has changed or removed is used for no longer than this. */
const KEPT_MS = 15_000;

/**
 * The accounts that Clockify can be called as: the one of the environment, which is meant where a call names none, and
 * those of registered kinds, by `kind:name`. Promises the same object for an account as long as its settings are the same.
 */
@Injectable()
export class ClockifyAccounts {
  readonly default: ClockifyAccount;
  readonly #sources = new Map<string, AccountSource>();
  readonly #known = new Map<string, Known>();
  readonly #asking = new Map<string, Promise<ClockifyAccount>>();

  constructor(
    @Inject(clockifyConfig.token) config: ClockifyConfig,
    private readonly clock: Clock,
  ) {
    const { credential, ...settings } = settingsOf(config);
    this.default = new ClockifyAccount('default', settings, credential);
  }

  register(kind: string, source: AccountSource): void {
    if (this.#sources.has(kind)) throw new Error(`Accounts of the kind ${kind} are registered twice`);
    this.#sources.set(kind, source);
  }

  /** Those in use, for the metrics. */
  inUse(): readonly ClockifyAccount[] {
    return [this.default, ...[...this.#known.values()].map(({ account }) => account)];
  }

  /** Has its settings asked for again before the next call; whoever changes or removes an account says so. */
  forget(id: string): void {
    const known = this.#known.get(id);
    if (known) known.untilMs = 0;
  }

  async contextOf<C extends ExecutionContext>(
    context: C,
  ): Promise<Omit<C, 'account'> & Pick<AccountContext, 'account'>> {
    const { account: id } = context;
    return { ...context, account: id === undefined ? this.default : await this.find(id) };
  }

  async find(id: string): Promise<ClockifyAccount> {
    const known = this.#known.get(id);
    if (known && this.clock.nowMs() < known.untilMs) return known.account;
    let asking = this.#asking.get(id);
    if (!asking) {
      asking = this.#ask(id).finally(() => this.#asking.delete(id));
      this.#asking.set(id, asking);
    }
    return asking;
  }

  async #ask(id: string): Promise<ClockifyAccount> {
    const settings = await this.#settingsOf(id);
    if (!settings) {
      this.#known.delete(id);
      throw new IntegrationError('unauthorized', 'There is no such Clockify account any more');
    }
    const known = this.#known.get(id);
    const account = known && isDeepStrictEqual(known.settings, settings) ? known.account : made(id, settings);
    this.#known.set(id, { account, settings, untilMs: this.clock.nowMs() + KEPT_MS });
    return account;
  }

  /** Nothing has been sent when they cannot be read, which the error has to say. */
  async #settingsOf(id: string): Promise<AccountSettings | undefined> {
    const [kind = '', ...name] = id.split(':');
    try {
      return await this.#sources.get(kind)?.(name.join(':'));
    } catch (cause) {
      throw new IntegrationError('unavailable', 'The Clockify account cannot be looked up', {
        cause,
        retryAfterSeconds: 1,
      });
    }
  }
}

function made(id: string, { credential, ...settings }: AccountSettings): ClockifyAccount {
  return new ClockifyAccount(id, settings, credential);
}

function settingsOf(config: ClockifyConfig): AccountSettings {
  return {
    credential: credentialOf(config),
    hosts: clockifyHosts(config),
    requestsPerSecond: config.CLOCKIFY_REQUESTS_PER_SECOND,
    requestsPerHour: config.CLOCKIFY_REQUESTS_PER_HOUR ?? 0,
  };
}

/** The key of a user goes before the token of an add-on. */
function credentialOf({
  CLOCKIFY_API_KEY: apiKey,
  CLOCKIFY_ADDON_TOKEN: addonToken,
}: ClockifyConfig): ClockifyCredential | undefined {
  if (apiKey !== undefined) return { apiKey };
  return addonToken === undefined ? undefined : { addonToken };
}
