import { Module } from '@nestjs/common';
import { HttpModule } from '../http/http.module.js';
import { SourcesModule } from '../sources/sources.module.js';
import { ThrottlingModule } from '../throttling/throttling.module.js';
import { WebhookGuard } from './webhook.guard.js';
import { WebhookWarnings } from './webhook-warnings.js';
import { WebhooksController } from './webhooks.controller.js';

@Module({
  imports: [HttpModule, SourcesModule, ThrottlingModule],
  controllers: [WebhooksController],
  providers: [WebhookGuard, WebhookWarnings],
  exports: [WebhookWarnings],
})
export class WebhooksModule {}
