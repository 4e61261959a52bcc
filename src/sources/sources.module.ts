import { Module } from '@nestjs/common';
import { AddonTokens } from './clockify/addon-tokens.js';
import { ClockifySource } from './clockify/clockify.source.js';
import { GithubSource } from './github.source.js';
import { SlackSource } from './slack.source.js';
import { StoredHeaders } from './stored-headers.js';
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
  ],
  exports: [AddonTokens, ClockifySource, StoredHeaders, WebhookSources],
})
export class SourcesModule {}
