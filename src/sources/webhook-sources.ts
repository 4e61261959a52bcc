import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { EventTypes } from '../events/event-types.js';
import { ClockifySource } from './clockify/clockify.source.js';
import { GithubSource } from './github.source.js';
import { OwnSource } from './own.source.js';
import { SlackSource } from './slack.source.js';
import type { WebhookSource } from './webhook-source.js';
import { type WebhooksConfig, webhooksConfig } from './sources.config.js';

/** Those of WEBHOOK_SOURCES. */
@Injectable()
export class OwnSources {
  readonly all: readonly WebhookSource[];

  constructor(@Inject(webhooksConfig.token) config: WebhooksConfig, clock: Clock) {
    this.all = config.WEBHOOK_SOURCES.map((definition) => new OwnSource(definition, clock));
  }
}

/** Everybody who may deliver, by the name in the path. */
@Injectable()
export class WebhookSources {
  readonly all: readonly WebhookSource[];
  readonly #byName: ReadonlyMap<string, WebhookSource>;

  constructor(
    clockify: ClockifySource,
    slack: SlackSource,
    github: GithubSource,
    own: OwnSources,
    types: EventTypes,
  ) {
    this.all = [clockify, slack, github, ...own.all];
    for (const { name, knownTypes, guessedTypes = [] } of this.all)
      if (knownTypes) types.register(name, [...knownTypes, ...guessedTypes]);
    this.#byName = new Map(this.all.map((source) => [source.name, source]));
  }

  find(name: string): WebhookSource | undefined {
    return this.#byName.get(name);
  }
}
