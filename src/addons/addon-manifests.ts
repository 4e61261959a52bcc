import { Inject, Injectable } from '@nestjs/common';
import type { Addon } from './addon.js';
import { type AddonsConfig, addonsConfig } from './addons.config.js';
import type { Manifest } from './manifest/manifest.js';

export const ICON_PATH = '/icon.svg';
export const PAGE_PATH = '/ui';
export const WEBHOOKS_PATH = '/webhooks/clockify';

/** One for each event, so that the token of one event is of no use for another. */
export function webhookPathOf(event: string): string {
  return `${WEBHOOKS_PATH}/${event.toLowerCase().replaceAll('_', '-')}`;
}

const LIFECYCLE: Manifest['lifecycle'] = [
  { type: 'INSTALLED', path: '/lifecycle/installed' },
  { type: 'DELETED', path: '/lifecycle/deleted' },
  { type: 'SETTINGS_UPDATED', path: '/lifecycle/settings-updated' },
  { type: 'STATUS_CHANGED', path: '/lifecycle/status-changed' },
];

/** Makes manifests. Promises that every path in them is one that this service answers. */
@Injectable()
export class AddonManifests {
  constructor(@Inject(addonsConfig.token) private readonly config: AddonsConfig) {}

  of(addon: Addon, baseUrl: string): Manifest {
    return {
      schemaVersion: this.config.ADDON_MANIFEST_VERSION,
      key: addon.key,
      name: addon.name,
      description: addon.description,
      baseUrl,
      minimalSubscriptionPlan: addon.plan,
      scopes: addon.scopes,
      iconPath: ICON_PATH,
      lifecycle: LIFECYCLE,
      webhooks: addon.events.map((event) => ({ event, path: webhookPathOf(event) })),
      components: [
        {
          type: 'sidebar',
          label: addon.name,
          accessLevel: 'ADMINS',
          path: PAGE_PATH,
          iconPath: ICON_PATH,
        },
      ],
      settings: { tabs: addon.settings },
    };
  }
}
