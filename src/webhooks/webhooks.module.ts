import { Module } from '@nestjs/common';
import { HttpModule } from '../http/http.module.js';
import { SourcesModule } from '../sources/sources.module.js';
import { ThrottlingModule } from '../throttling/throttling.module.js';
import { WebhookGuard } from './webhook.guard.js';
import { WebhookVolumes } from './webhook-volumes.js';
import { WebhookVolumesRepository } from './webhook-volumes.repository.js';
import { WebhookWarnings } from './webhook-warnings.js';
import { WebhooksController } from './webhooks.controller.js';
import { WebhooksService } from './webhooks.service.js';

@Module({
  imports: [HttpModule, SourcesModule, ThrottlingModule],
  controllers: [WebhooksController],
  providers: [WebhookGuard, WebhookVolumes, WebhookVolumesRepository, WebhookWarnings, WebhooksService],
  exports: [WebhookWarnings],
})
export class WebhooksModule {}
