import { Inject, Injectable } from '@nestjs/common';
import { type Addon, addonOf } from './addon.js';
import { type AddonsConfig, addonsConfig, type AddonSlug } from './addons.config.js';
import { UnknownAddonError } from './addons.errors.js';

/** The add-ons that this service is, by their names in paths and by the hosts that they have for themselves. */
@Injectable()
export class Addons {
  readonly all: readonly Addon[];
  readonly #bySlug: ReadonlyMap<string, Addon>;
  readonly #byHost: ReadonlyMap<string, AddonSlug>;
  readonly #byDefault: AddonSlug | undefined;

  constructor(@Inject(addonsConfig.token) config: AddonsConfig) {
    this.all = [...new Set(config.ADDONS)].map((slug) => addonOf(slug, config));
    this.#bySlug = new Map(this.all.map((addon) => [addon.slug, addon]));
    this.#byHost = new Map(config.ADDON_HOSTS.map(({ host, slug }) => [host, slug]));
    this.#byDefault = config.ADDON_DEFAULT;
  }

  /** Throws UnknownAddonError. */
  get(slug: string): Addon {
    const addon = this.#bySlug.get(slug);
    if (addon === undefined) throw new UnknownAddonError();
    return addon;
  }

  /** The add-on that is at the root of this host, if any. */
  atRootOf(host: string | undefined): AddonSlug | undefined {
    return this.#byHost.get((host ?? '').toLowerCase()) ?? this.#byDefault;
  }
}
