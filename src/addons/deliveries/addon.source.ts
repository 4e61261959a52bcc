import { Injectable } from '@nestjs/common';
import { ClockifySource } from '../../sources/clockify/clockify.source.js';
import { WebhookRefusedError } from '../../sources/sources.errors.js';
import { WebhookSources } from '../../sources/webhook-sources.js';
import type {
  EventFacts,
  Proof,
  WebhookPayload,
  WebhookRequest,
  WebhookSource,
} from '../../sources/webhook-source.js';
import type { AddonSlug } from '../addons.config.js';
import { Addons } from '../addons.js';

/** Events of an add-on's installations: read like Clockify's own, under the add-on's name. */
export class AddonSource implements WebhookSource {
  readonly isOpen = false;
  readonly knownTypes;
  readonly guessedTypes;
  readonly secretHeaders;
  readonly storedHeaders;

  constructor(
    readonly name: AddonSlug,
    private readonly clockify: ClockifySource,
  ) {
    this.knownTypes = clockify.knownTypes;
    this.guessedTypes = clockify.guessedTypes;
    this.secretHeaders = clockify.secretHeaders;
    this.storedHeaders = clockify.storedHeaders;
  }

  /** What is proved there depends on the path, which is not known here. */
  verify(): Proof {
    throw WebhookRefusedError.wrong('address (add-ons receive below /addons)');
  }

  takesList(request: WebhookRequest): boolean {
    return this.clockify.takesList(request);
  }

  read(request: WebhookRequest, payload: WebhookPayload, proof: Proof): EventFacts {
    return this.clockify.read(request, payload, proof);
  }
}

/** The sources of the add-ons that this service is, by their names. */
@Injectable()
export class AddonSources {
  readonly #bySlug: ReadonlyMap<AddonSlug, AddonSource>;

  constructor(addons: Addons, clockify: ClockifySource, sources: WebhookSources) {
    this.#bySlug = new Map(addons.all.map(({ slug }) => [slug, new AddonSource(slug, clockify)]));
    for (const source of this.#bySlug.values()) sources.register(source);
  }

  get(slug: AddonSlug): AddonSource {
    const source = this.#bySlug.get(slug);
    if (source === undefined) throw new Error(`${slug} is no add-on of this service`);
    return source;
  }
}
