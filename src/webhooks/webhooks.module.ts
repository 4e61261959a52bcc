import { Module } from '@nestjs/common';
import { ThrottlingModule } from '../throttling/throttling.module.js';
import { AddonTokens } from './addon-tokens.js';
import { ClockifySource } from './sources/clockify.source.js';
import { GithubSource } from './sources/github.source.js';
import { SlackSource } from './sources/slack.source.js';
import { WebhookGuard } from './webhook.guard.js';
import { WebhookSources } from './webhook-sources.js';
import { WebhooksController } from './webhooks.controller.js';
import { WebhooksService } from './webhooks.service.js';

@Module({
  imports: [ThrottlingModule],
  controllers: [WebhooksController],
  providers: [
    AddonTokens,
    ClockifySource,
    GithubSource,
    SlackSource,
    WebhookGuard,
    WebhookSources,
    WebhooksService,
  ],
})
export class WebhooksModule {}
