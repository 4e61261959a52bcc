import { Module } from '@nestjs/common';
import { AddonTokens } from './clockify/addon-tokens.js';
import { ClockifySource } from './clockify/clockify.source.js';
import { GithubSource } from './github.source.js';
import { SlackSource } from './slack.source.js';
import { StoredHeaders } from './stored-headers.js';
import { DeliveryReception } from './reception/delivery-reception.js';
import { WebhookVolumes } from './reception/webhook-volumes.js';
import { WebhookVolumesRepository } from './reception/webhook-volumes.repository.js';
import { OwnSources, WebhookSources } from './webhook-sources.js';

@Module({
  providers: [
    AddonTokens,
    ClockifySource,
    GithubSource,
    SlackSource,
    OwnSources,
    StoredHeaders,
    WebhookSources,
    WebhookVolumes,
    WebhookVolumesRepository,
    DeliveryReception,
  ],
  exports: [AddonTokens, ClockifySource, DeliveryReception, StoredHeaders, WebhookSources],
})
export class SourcesModule {}
