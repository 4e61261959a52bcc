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
  readonly #byName = new Map<string, WebhookSource>();

  constructor(
    clockify: ClockifySource,
    slack: SlackSource,
    github: GithubSource,
    own: OwnSources,
    private readonly types: EventTypes,
  ) {
    for (const source of [clockify, slack, github, ...own.all]) this.register(source);
  }

  get all(): readonly WebhookSource[] {
    return [...this.#byName.values()];
  }

  /** For rooms that bring sources of their own: call it in a constructor. */
  register(source: WebhookSource): void {
    const { name, knownTypes, guessedTypes = [] } = source;
    if (this.#byName.has(name)) throw new Error(`two webhook sources are named ${name}`);
    this.#byName.set(name, source);
    if (knownTypes) this.types.register(name, [...knownTypes, ...guessedTypes]);
  }

  find(name: string): WebhookSource | undefined {
    return this.#byName.get(name);
  }
}
