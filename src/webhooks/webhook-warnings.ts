import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { AccessMode } from '../access/access-mode.js';
import { WebhookSources } from '../sources/webhook-sources.js';

/** What an operator should know of how deliveries are proved: in the log at start, and in readiness. */
@Injectable()
export class WebhookWarnings implements OnApplicationBootstrap {
  constructor(
    private readonly sources: WebhookSources,
    private readonly access: AccessMode,
    @InjectPinoLogger('webhooks') private readonly log: PinoLogger,
  ) {}

  list(): string[] {
    return this.sources.all.flatMap((source) => [
      ...(source.isOpen ? this.#openness(source.name) : []),
      ...(source.warnings ?? []),
    ]);
  }

  onApplicationBootstrap(): void {
    for (const warning of this.list()) this.log.warn(warning);
  }

  /** On a loopback HOST it is as the rest of the service, which says so itself. */
  #openness(name: string): string[] {
    const remedy = 'set WEBHOOK_SHARED_SECRET, CLOCKIFY_WEBHOOK_TOKENS or CLOCKIFY_WEBHOOK_ADDON_KEYS';
    if (this.access.state === 'open') return [`Anybody may deliver to /webhooks/${name}: ${remedy}`];
    if (this.access.state === 'open-locally') return [];
    return [`Deliveries to /webhooks/${name} are refused, since nothing can prove them: ${remedy}`];
  }
}
