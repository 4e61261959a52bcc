import { Injectable } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';
import type { Addon } from './addon.js';
import { Addons } from './addons.js';
import { NoBaseUrlError } from './addons.errors.js';

/** What an add-on has at its root. Everything else there is the service's own. */
const AT_ROOT = /^\/(?:manifest|icon\.svg|ui|lifecycle|webhooks\/clockify)(?=[/?]|$)/;
const HOST = /^[a-z0-9.-]+(?::\d{1,5})?$|^\[[0-9a-f:.]+\](?::\d{1,5})?$/i;
const YEAR_SECONDS = 31_536_000;

/**
 * Where add-ons are. Each stands under `/addons/NAME`; those of ADDON_HOSTS and ADDON_DEFAULT stand at the root of their
 * hosts as well, and what is asked for there is carried to the same routes.
 */
@Injectable()
export class AddonAddresses {
  constructor(private readonly addons: Addons) {}

  /** Nothing stands in the way of requests where this service is no add-on. */
  mount(app: NestExpressApplication): void {
    if (this.addons.all.length === 0) return;
    app.use((request: Request, response: Response, next: NextFunction) => {
      if (request.secure) response.setHeader('Strict-Transport-Security', `max-age=${YEAR_SECONDS}`);
      const slug = isOfAddons(request) ? this.addons.atRootOf(request.host) : undefined;
      if (slug !== undefined) request.url = `/addons/${slug}${request.url}`;
      next();
    });
  }

  /** The address that the manifest was asked at, as far as a trusted proxy tells it, unless one is configured. */
  baseUrlOf({ slug, baseUrl }: Addon, request: Request): string {
    if (baseUrl !== undefined) return baseUrl.replace(/\/+$/, '');
    const { protocol, host = '', originalUrl } = request;
    if (!HOST.test(host)) throw new NoBaseUrlError(BASE_URL_VARIABLES[slug]);
    return `${protocol}://${host}${originalUrl.startsWith('/addons/') ? `/addons/${slug}` : ''}`;
  }
}

/** Who proves a delivery by the service's own secret means the service itself. */
function isOfAddons({ url, headers }: Request): boolean {
  return AT_ROOT.test(url) && headers['x-webhook-secret'] === undefined;
}

const BASE_URL_VARIABLES = {
  'api-studio': 'API_STUDIO_BASE_URL',
  'universal-webhook': 'UNIVERSAL_WEBHOOK_BASE_URL',
} as const;
