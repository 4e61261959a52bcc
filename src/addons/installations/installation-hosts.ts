import { Inject, Injectable } from '@nestjs/common';
import { clockifyHosts, type ClockifyHosts } from '../../integrations/clockify/account/clockify-hosts.js';
import { type ClockifyConfig, clockifyConfig } from '../../integrations/clockify/clockify.config.js';

const CLOCKIFY_HOST = /^(?:[a-z0-9-]+\.)*clockify\.me$/;

export interface GivenAddresses {
  core: string;
  reports: string | null;
}

/**
 * Where the token of an installation may be sent: to Clockify's hosts by HTTPS, and to those that the operator has
 * configured for this service, whatever a token or a body names.
 */
@Injectable()
export class InstallationHosts {
  readonly #configured: ReadonlySet<string>;

  constructor(@Inject(clockifyConfig.token) private readonly config: ClockifyConfig) {
    const { CLOCKIFY_BASE_URL, CLOCKIFY_REPORTS_URL, CLOCKIFY_AUDIT_URL } = config;
    const urls = [CLOCKIFY_BASE_URL, CLOCKIFY_REPORTS_URL, CLOCKIFY_AUDIT_URL];
    this.#configured = new Set(urls.flatMap((url) => URL.parse(url ?? '')?.origin ?? []));
  }

  isPermitted(address: string): boolean {
    const url = URL.parse(address);
    if (!url || url.username !== '' || url.password !== '') return false;
    if (this.#configured.has(url.origin)) return true;
    return url.protocol === 'https:' && url.port === '' && CLOCKIFY_HOST.test(url.hostname);
  }

  /** However it is written: with `/api`, with `/v1`, or bare. */
  of({ core, reports }: GivenAddresses): ClockifyHosts {
    return clockifyHosts({
      ...this.config,
      CLOCKIFY_BASE_URL: core,
      CLOCKIFY_REPORTS_URL: reports ?? undefined,
      CLOCKIFY_AUDIT_URL: undefined,
      CLOCKIFY_SUBDOMAIN: undefined,
    });
  }
}
