import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { IntegrationsModule } from '../integrations/integrations.module.js';
import { ThrottlingModule } from '../throttling/throttling.module.js';
import { WebhooksModule } from '../webhooks/webhooks.module.js';
import { ClockMetrics } from './clock-metrics.js';
import { DatabaseHealth } from './database.health.js';
import { HealthController } from './health.controller.js';
import { MetricsController } from './metrics.controller.js';
import { MigrationsHealth } from './migrations.health.js';
import { OptionalParts } from './optional-parts.js';
import { PoolMetrics } from './pool-metrics.js';
import { QueueHealth } from './queue.health.js';
import { READINESS_INDICATORS, type ReadinessIndicator } from './readiness-indicator.js';
import { ReadinessMetrics } from './readiness-metrics.js';
import { ReadinessService } from './readiness.service.js';
import { Warnings } from './warnings.js';

/** What makes the service unready, listed once. */
const INDICATORS = [DatabaseHealth, MigrationsHealth, QueueHealth];

@Module({
  imports: [TerminusModule.forRoot({ logger: false }), ThrottlingModule, IntegrationsModule, WebhooksModule],
  controllers: [HealthController, MetricsController],
  providers: [
    ...INDICATORS,
    {
      provide: READINESS_INDICATORS,
      useFactory: (...indicators: ReadinessIndicator[]) => indicators,
      inject: INDICATORS,
    },
    OptionalParts,
    Warnings,
    ReadinessService,
    PoolMetrics,
    ClockMetrics,
    ReadinessMetrics,
  ],
})
export class HealthModule {}
