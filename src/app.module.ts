import { type DynamicModule, Module } from '@nestjs/common';
import type { Logger } from 'pino';
import { ClockModule } from './clock/clock.module.js';
import { ConfigModule } from './config/config.module.js';
import type { LoadedConfig } from './config/load-config.js';
import { EventsModule } from './events/events.module.js';
import { HealthModule } from './health/health.module.js';
import { HttpModule } from './http/http.module.js';
import { ObservabilityModule } from './observability/observability.module.js';
import { QueueModule } from './queue/queue.module.js';
import { StorageModule } from './storage/storage.module.js';

/** The map: one import per room, lowest floor first. */
@Module({})
export class AppModule {
  static forRoot(config: LoadedConfig, logger: Logger): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.forRoot(config),
        ClockModule,
        ObservabilityModule.forRoot(logger),
        StorageModule,
        HttpModule,
        QueueModule,
        EventsModule,
        HealthModule,
      ],
    };
  }
}
