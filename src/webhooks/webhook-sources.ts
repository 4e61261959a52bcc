import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { AccessMode } from '../access/access-mode.js';
import { Clock } from '../clock/clock.js';
import { ClockifySource } from './sources/clockify.source.js';
import { GithubSource } from './sources/github.source.js';
import { OwnSource } from './sources/own.source.js';
import { SlackSource } from './sources/slack.source.js';
import { StoredHeaders } from './stored-headers.js';
import type { WebhookSource } from './webhook-source.js';
import { type WebhooksConfig, webhooksConfig } from './webhooks.config.js';

/** Everybody who may deliver, by the name in the path. */
@Injectable()
export class WebhookSources implements OnApplicationBootstrap {
  readonly #byName: ReadonlyMap<string, WebhookSource>;
  readonly #headers: ReadonlyMap<string, StoredHeaders>;

  constructor(
    clockify: ClockifySource,
    slack: SlackSource,
    github: GithubSource,
    @Inject(webhooksConfig.token) config: WebhooksConfig,
    private readonly access: AccessMode,
    clock: Clock,
    @InjectPinoLogger('webhooks') private readonly log: PinoLogger,
  ) {
    const own = config.WEBHOOK_SOURCES.map((definition) => new OwnSource(definition, clock));
    const all: readonly WebhookSource[] = [clockify, slack, github, ...own];
    this.#byName = new Map(all.map((source) => [source.name, source]));
    this.#headers = new Map(all.map((source) => [source.name, new StoredHeaders(source.secretHeaders)]));
  }

  find(name: string): WebhookSource | undefined {
    return this.#byName.get(name);
  }

  headersOf(source: WebhookSource): StoredHeaders | undefined {
    return this.#headers.get(source.name);
  }

  /** What an operator should know of how deliveries are proved. */
  warnings(): string[] {
    return [...this.#byName.values()].flatMap((source) => [
      ...(source.isOpen ? this.#openness(source.name) : []),
      ...(source.warnings ?? []),
    ]);
  }

  onApplicationBootstrap(): void {
    for (const warning of this.warnings()) this.log.warn(warning);
  }

  /** On a loopback HOST it is as the rest of the service, which says so itself. */
  #openness(name: string): string[] {
    const remedy = 'set WEBHOOK_SHARED_SECRET, CLOCKIFY_WEBHOOK_TOKENS or CLOCKIFY_WEBHOOK_ADDON_KEYS';
    if (this.access.state === 'open') return [`Anybody may deliver to /webhooks/${name}: ${remedy}`];
    if (this.access.state === 'open-locally') return [];
    return [`Deliveries to /webhooks/${name} are refused, since nothing can prove them: ${remedy}`];
  }
}
