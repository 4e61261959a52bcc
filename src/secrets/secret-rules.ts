import type { Integration } from '../integrations/integration.js';

/** Params of the http-request integration in which a secret may stand; in headers alone unless it is said otherwise. */
export const PLACEABLE_PARAMS = ['headers', 'query', 'url', 'body'] as const;

/** Where a secret may go. Whoever set it has said so, and nobody below an admin can change it. */
export interface SecretRules {
  readonly name: string;
  /** `api.example.com`, or with its port where that is not https' own; `http://10.0.0.7:8080` where others may listen. */
  readonly allowedHosts: readonly string[];
  readonly allowedParams: readonly string[];
  readonly allowedIntegrations: readonly string[];
}

/** How a secret is to be used. `host` is of an integration whose callers choose where a call goes; undefined: not known yet. */
export interface SecretUse {
  readonly integration: Integration;
  readonly param: string;
  readonly host: string | undefined;
}

/** Why the secret may not go there, as the end of a sentence about it; undefined where it may, as far as is known. */
export function refusalOf(rules: SecretRules, { integration, param, host }: SecretUse): string | undefined {
  if (integration.destination === undefined) {
    if (rules.allowedIntegrations.includes(integration.name)) return undefined;
    return `may not be used with ${integration.name}: its allowedIntegrations do not name it`;
  }
  if (rules.allowedHosts.length === 0)
    return `may not be used with ${integration.name}: it has no allowedHosts`;
  if (!rules.allowedParams.includes(param))
    return `may stand in ${rules.allowedParams.join(', ')} only, not in ${param}: its allowedParams do not name it`;
  if (host !== undefined && !rules.allowedHosts.includes(host))
    return `may not go to ${host}: its allowedHosts do not name it`;
  return undefined;
}
