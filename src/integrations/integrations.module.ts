import { Module } from '@nestjs/common';
import { CatalogueController } from './catalogue.controller.js';
import { CatalogueService } from './catalogue.service.js';
import { ClockifyIntegration } from './clockify/clockify.integration.js';
import { ClockifyModule } from './clockify/clockify.module.js';
import { GithubIntegration } from './github/github.integration.js';
import { GithubModule } from './github/github.module.js';
import { HttpRequestIntegration } from './http-request/http-request.integration.js';
import { HttpRequestModule } from './http-request/http-request.module.js';
import { type Integration, INTEGRATIONS } from './integration.js';
import { IntegrationRegistry } from './integration-registry.js';
import { SlackIntegration } from './slack/slack.integration.js';
import { SlackModule } from './slack/slack.module.js';

/** Every integration there is: one line each. */
const ALL = [
  { module: ClockifyModule, integration: ClockifyIntegration },
  { module: SlackModule, integration: SlackIntegration },
  { module: GithubModule, integration: GithubIntegration },
  { module: HttpRequestModule, integration: HttpRequestIntegration },
];

@Module({
  imports: ALL.map((entry) => entry.module),
  controllers: [CatalogueController],
  providers: [
    {
      provide: INTEGRATIONS,
      useFactory: (...integrations: Integration[]) => integrations,
      inject: ALL.map((entry) => entry.integration),
    },
    IntegrationRegistry,
    CatalogueService,
  ],
  exports: [INTEGRATIONS, IntegrationRegistry],
})
export class IntegrationsModule {}
