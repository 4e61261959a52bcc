import { Inject, Injectable } from '@nestjs/common';
import { ClockifyAccounts } from '../../integrations/clockify/account/clockify-accounts.js';
import type { AccountSettings } from '../../integrations/clockify/account/clockify-account.js';
import { SecretBox } from '../../storage/secret-box.js';
import { type AddonsConfig, addonsConfig } from '../addons.config.js';
import { InstallationHosts } from './installation-hosts.js';
import { tokenContext } from './installation-tokens.js';
import { InstallationsRepository } from './installations.repository.js';
import type { InstallationKey } from './installations.tables.js';

/** Clockify's limit for an add-on in a workspace. */
const REQUESTS_PER_SECOND = 50;

export function accountOf({ addon, workspaceId }: InstallationKey): string {
  return `addon:${addon}:${workspaceId}`;
}

/** Has Clockify called as `addon:NAME:WORKSPACE`: with the token of that installation, as long as it is active. */
@Injectable()
export class InstallationAccounts {
  constructor(
    private readonly accounts: ClockifyAccounts,
    private readonly repository: InstallationsRepository,
    private readonly hosts: InstallationHosts,
    private readonly box: SecretBox,
    @Inject(addonsConfig.token) private readonly config: AddonsConfig,
  ) {
    accounts.register('addon', (name) => this.#settingsOf(name));
  }

  /** To be called when it has another token or status, or is gone. */
  forget(key: InstallationKey): void {
    this.accounts.forget(accountOf(key));
  }

  async #settingsOf(name: string): Promise<AccountSettings | undefined> {
    const [addon = '', ...workspace] = name.split(':');
    const key = { addon, workspaceId: workspace.join(':') };
    const row = await this.repository.find(key);
    if (row?.status !== 'ACTIVE') return undefined;
    return {
      credential: { addonToken: this.box.open(row.sealed_token, tokenContext(key)) },
      hosts: this.hosts.of({ core: row.core_url, reports: row.reports_url }),
      requestsPerSecond: REQUESTS_PER_SECOND,
      requestsPerHour: this.config.ADDON_REQUESTS_PER_HOUR ?? 0,
    };
  }
}
