import type { AddonsConfig, AddonSlug } from './addons.config.js';
import { apiStudioSettings, universalWebhookSettings } from './addon-settings.js';
import type { ManifestSettingsTab } from './manifest/manifest.js';
import { MANIFEST_RULES, MANIFEST_SCOPES, type Plan } from './manifest/manifest-facts.js';

/** One Clockify add-on that this service can be. */
export interface Addon {
  /** In paths, and the name of its source of events. */
  readonly slug: AddonSlug;
  /** Clockify's name for it, in its manifest and its tokens. */
  readonly key: string;
  readonly name: string;
  readonly description: string;
  readonly plan: Plan;
  readonly scopes: readonly string[];
  /** What its manifest subscribes to. */
  readonly events: readonly string[];
  readonly baseUrl: string | undefined;
  readonly settings: readonly ManifestSettingsTab[];
  /** What its predecessor answered to a body that lacks something. */
  readonly faultStatus: 400 | 422;
}

export function addonOf(slug: AddonSlug, config: AddonsConfig): Addon {
  return slug === 'api-studio' ? apiStudio(config) : universalWebhook(config);
}

function apiStudio(config: AddonsConfig): Addon {
  return {
    slug: 'api-studio',
    key: config.API_STUDIO_ADDON_KEY,
    name: 'API Studio',
    description: 'Flows on the events of this workspace, carried out by a service of your own',
    plan: config.API_STUDIO_PLAN,
    scopes: orAll(config.API_STUDIO_SCOPES),
    events: orMostWanted(config.API_STUDIO_WEBHOOK_EVENTS, config),
    baseUrl: config.API_STUDIO_BASE_URL,
    settings: apiStudioSettings(config),
    faultStatus: 400,
  };
}

function universalWebhook(config: AddonsConfig): Addon {
  return {
    slug: 'universal-webhook',
    key: config.UNIVERSAL_WEBHOOK_ADDON_KEY,
    name: 'Universal Webhook',
    description:
      'Flows on the events of this workspace and of other services, carried out by a service of your own',
    plan: config.UNIVERSAL_WEBHOOK_PLAN,
    scopes: orAll(config.UNIVERSAL_WEBHOOK_SCOPES),
    events: orMostWanted(config.UNIVERSAL_WEBHOOK_EVENTS, config),
    baseUrl: config.UNIVERSAL_WEBHOOK_BASE_URL,
    settings: universalWebhookSettings(config),
    faultStatus: 422,
  };
}

function orAll(scopes: readonly string[]): readonly string[] {
  return scopes.length > 0 ? scopes : MANIFEST_SCOPES;
}

function orMostWanted(given: readonly string[], config: AddonsConfig): readonly string[] {
  const { events, webhooksMax } = MANIFEST_RULES[config.ADDON_MANIFEST_VERSION];
  return given.length > 0 ? given : events.slice(0, webhooksMax);
}
