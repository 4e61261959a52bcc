import { Inject, Module, type NestModule } from '@nestjs/common';
import { APP_FILTER, APP_PIPE, HttpAdapterHost } from '@nestjs/core';
import { AppExceptionFilter } from './app-exception.filter.js';
import { AppValidationPipe } from './app-validation.pipe.js';
import { BodyReader } from './body-reader.js';
import { corsHandler } from './cors.js';
import { type HttpConfig, httpConfig } from './http.config.js';
import { HttpDrain } from './http-drain.js';
import { RequestScope } from './request-scope.js';
import { securityHeaders } from './security-headers.js';
import { StartupGate } from './startup-gate.js';

/** What every request passes before its route, in this order. */
@Module({
  providers: [
    { provide: APP_FILTER, useClass: AppExceptionFilter },
    { provide: APP_PIPE, useClass: AppValidationPipe },
    HttpDrain,
    RequestScope,
    StartupGate,
    BodyReader,
  ],
})
export class HttpModule implements NestModule {
  constructor(
    @Inject(httpConfig.token) private readonly config: HttpConfig,
    private readonly adapterHost: HttpAdapterHost,
    private readonly scope: RequestScope,
    private readonly gate: StartupGate,
    private readonly body: BodyReader,
  ) {}

  /** Mounted on the adapter itself: a consumer's wildcard route would cost a path match and a proxy for each. */
  configure(): void {
    const { httpAdapter } = this.adapterHost;
    httpAdapter.use(this.scope.use.bind(this.scope));
    httpAdapter.use(securityHeaders);
    httpAdapter.use(corsHandler(this.config));
    httpAdapter.use(this.gate.use.bind(this.gate));
    httpAdapter.use(this.body.use.bind(this.body));
  }
}
