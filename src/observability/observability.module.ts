import { type DynamicModule, Global, Module } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import type { Logger } from 'pino';
import { HttpMetrics } from './http-metrics.js';
import { Metrics } from './metrics.js';
import { NestLogger } from './nest-logger.js';
import { RequestLog } from './request-log.js';
import { ServiceState } from './service-state.js';

/** Logs through nestjs-pino on our logger; its per-request middleware is not mounted, RequestLog does that part. */
@Global()
@Module({})
export class ObservabilityModule {
  static forRoot(logger: Logger): DynamicModule {
    return {
      module: ObservabilityModule,
      // pino-http would wrap our serializer of errors in its own, which shows requests, headers and bodies.
      imports: [LoggerModule.forRoot({ pinoHttp: { logger, wrapSerializers: false }, forRoutes: [] })],
      providers: [Metrics, HttpMetrics, RequestLog, NestLogger, ServiceState],
      exports: [Metrics, HttpMetrics, RequestLog, ServiceState, LoggerModule],
    };
  }
}
