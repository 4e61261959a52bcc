import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { Credentials } from './credentials.js';
import { DatabaseHealth } from './database.health.js';
import { HealthController } from './health.controller.js';
import { MetricsController } from './metrics.controller.js';
import { MigrationsHealth } from './migrations.health.js';
import { PoolMetrics } from './pool-metrics.js';
import { QueueHealth } from './queue.health.js';
import { READINESS_INDICATORS, type ReadinessIndicator } from './readiness-indicator.js';
import { ReadinessService } from './readiness.service.js';

/** What makes the service unready, listed once. */
const INDICATORS = [DatabaseHealth, MigrationsHealth, QueueHealth];

@Module({
  imports: [TerminusModule.forRoot({ logger: false })],
  controllers: [HealthController, MetricsController],
  providers: [
    ...INDICATORS,
    {
      provide: READINESS_INDICATORS,
      useFactory: (...indicators: ReadinessIndicator[]) => indicators,
      inject: INDICATORS,
    },
    Credentials,
    ReadinessService,
    PoolMetrics,
  ],
})
export class HealthModule {}
