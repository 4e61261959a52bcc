import { Inject, Injectable } from '@nestjs/common';
import { type Integration, INTEGRATIONS } from '../integrations/integration.js';
import type { SecretRules } from './secret-rules.js';
import { SecretInvalidError } from './secrets.errors.js';

type Rules = Omit<SecretRules, 'name'>;

/** Of a name, an address or an IPv6 address in brackets; the parser lets more pass, such as a star. */
const HOST = /^[a-z0-9._:[\]-]+$/;

const PLAIN = 'http://';

const NOWHERE: Rules = { allowedHosts: [], allowedParams: ['headers'], allowedIntegrations: [] };

/** Reads where a secret may go: nowhere, unless somebody says where. */
@Injectable()
export class SecretDestinations {
  constructor(@Inject(INTEGRATIONS) private readonly integrations: readonly Integration[]) {}

  /** What is not given stays as it was `before`. */
  read(given: { [K in keyof Rules]?: readonly string[] | undefined }, before: Rules = NOWHERE): Rules {
    const rules = {
      allowedHosts: given.allowedHosts?.map(hostOf) ?? before.allowedHosts,
      allowedParams: given.allowedParams ?? before.allowedParams,
      allowedIntegrations: given.allowedIntegrations ?? before.allowedIntegrations,
    };
    this.#checkIntegrations(rules.allowedIntegrations);
    if (rules.allowedHosts.length === 0 && rules.allowedIntegrations.length === 0)
      throw new SecretInvalidError(
        'allowedHosts',
        'must name a host, unless allowedIntegrations names an integration',
      );
    return rules;
  }

  #checkIntegrations(names: readonly string[]): void {
    const known = this.integrations.filter((i) => i.destination === undefined).map(({ name }) => name);
    const strange = names.findIndex((name) => !known.includes(name));
    if (strange < 0) return;
    throw new SecretInvalidError(
      `allowedIntegrations[${strange}]`,
      `must be one of ${known.join(', ')}; where callers choose the address, allowedHosts counts`,
    );
  }
}

/** As the client's own parser writes it, so that both mean the same. */
function hostOf(text: string, index: number): string {
  const scheme = text.startsWith(PLAIN) ? PLAIN : 'https://';
  const url = URL.parse(scheme + text.slice(scheme === PLAIN ? PLAIN.length : 0));
  if (!url || url.href !== `${scheme}${url.host}/` || !HOST.test(url.host))
    throw new SecretInvalidError(
      `allowedHosts[${index}]`,
      'must be a host such as api.example.com, or with its port',
    );
  return scheme === PLAIN ? PLAIN + url.host : url.host;
}
