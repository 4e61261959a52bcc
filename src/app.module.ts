import { type DynamicModule, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import type { Logger } from 'pino';
import { AccessModule } from './access/access.module.js';
import { IdentifyGuard } from './access/identify.guard.js';
import { RoleGuard } from './access/role.guard.js';
import { ActionsModule } from './actions/actions.module.js';
import { AddonsModule } from './addons/addons.module.js';
import { CatalogueModule } from './catalogue/catalogue.module.js';
import { ClockModule } from './clock/clock.module.js';
import { ConfigModule } from './config/config.module.js';
import type { LoadedConfig } from './config/load-config.js';
import { DocsModule } from './docs/docs.module.js';
import { EventsModule } from './events/events.module.js';
import { FlowsModule } from './flows/flows.module.js';
import { FreshnessModule } from './freshness/freshness.module.js';
import { HealthModule } from './health/health.module.js';
import { BodyParserGuard } from './http/body-parser.guard.js';
import { httpConfig } from './http/http.config.js';
import { HttpModule } from './http/http.module.js';
import { RoutePolicyGuard } from './http/route-policy.guard.js';
import { IntegrationsModule } from './integrations/integrations.module.js';
import { LedgerModule } from './ledger/ledger.module.js';
import { ObservabilityModule } from './observability/observability.module.js';
import { ParsingModule } from './parsing/parsing.module.js';
import { QueueModule } from './queue/queue.module.js';
import { SchedulesModule } from './schedules/schedules.module.js';
import { SecretsModule } from './secrets/secrets.module.js';
import { SourcesModule } from './sources/sources.module.js';
import { StorageModule } from './storage/storage.module.js';
import { ThrottlingGuard } from './throttling/throttling.guard.js';
import { ThrottlingModule } from './throttling/throttling.module.js';
import { WebhooksModule } from './webhooks/webhooks.module.js';

/** The map: one import per room, lowest floor first. */
@Module({})
export class AppModule {
  static forRoot(config: LoadedConfig, logger: Logger): DynamicModule {
    const { HOST: host, CORS_ORIGINS: corsOrigins, TRUST_PROXY } = config.get(httpConfig);
    return {
      module: AppModule,
      imports: [
        ConfigModule.forRoot(config),
        ClockModule,
        ObservabilityModule.forRoot(logger),
        StorageModule,
        HttpModule,
        QueueModule,
        AccessModule.forRoot({ host, corsOrigins, isBehindProxy: TRUST_PROXY !== false }),
        ThrottlingModule,
        IntegrationsModule,
        SecretsModule,
        CatalogueModule,
        ParsingModule,
        ActionsModule,
        EventsModule,
        FlowsModule,
        SourcesModule,
        WebhooksModule,
        LedgerModule,
        FreshnessModule,
        SchedulesModule,
        AddonsModule,
        HealthModule,
        DocsModule,
      ],
      // In this order: what the route needs, whose request it is, whether it comes too often, whether it may, what it says.
      providers: [RoutePolicyGuard, IdentifyGuard, ThrottlingGuard, RoleGuard, BodyParserGuard].map(
        (guard) => ({
          provide: APP_GUARD,
          useExisting: guard,
        }),
      ),
    };
  }
}
