import { Module } from '@nestjs/common';
import { ClockifyModule } from '../integrations/clockify/clockify.module.js';
import { HttpModule } from '../http/http.module.js';
import { ThrottlingModule } from '../throttling/throttling.module.js';
import { AddonTokens } from '../sources/clockify/addon-tokens.js';
import { ClockifyLedgerClient } from '../ledger/clockify-ledger.client.js';
import { ClockifyLedgerRunner } from '../ledger/clockify-ledger.runner.js';
import { ClockifyLedgerService } from '../ledger/clockify-ledger.service.js';
import { ClockifySource } from '../sources/clockify/clockify.source.js';
import { GithubSource } from '../sources/github.source.js';
import { SlackSource } from '../sources/slack.source.js';
import { WebhookGuard } from './webhook.guard.js';
import { StoredHeaders } from '../sources/stored-headers.js';
import { OwnSources, WebhookSources } from '../sources/webhook-sources.js';
import { WebhookVolumes } from './webhook-volumes.js';
import { WebhookVolumesRepository } from './webhook-volumes.repository.js';
import { WebhookWarnings } from './webhook-warnings.js';
import { WebhooksController } from './webhooks.controller.js';
import { WebhooksService } from './webhooks.service.js';

@Module({
  imports: [ClockifyModule, HttpModule, ThrottlingModule],
  controllers: [WebhooksController],
  providers: [
    AddonTokens,
    ClockifyLedgerClient,
    ClockifyLedgerRunner,
    ClockifyLedgerService,
    ClockifySource,
    GithubSource,
    SlackSource,
    OwnSources,
    StoredHeaders,
    WebhookGuard,
    WebhookSources,
    WebhookVolumes,
    WebhookVolumesRepository,
    WebhookWarnings,
    WebhooksService,
  ],
  exports: [WebhookWarnings],
})
export class WebhooksModule {}
