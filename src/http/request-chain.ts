import { Inject, Injectable } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { BodyReader } from './body-reader.js';
import { corsHandler } from './cors.js';
import { type HttpConfig, httpConfig } from './http.config.js';
import { RequestScope } from './request-scope.js';
import { securityHeaders } from './security-headers.js';
import { StartupGate } from './startup-gate.js';

/** What every request passes before its route, in this order; the documentation's routes included. */
@Injectable()
export class RequestChain {
  constructor(
    @Inject(httpConfig.token) private readonly config: HttpConfig,
    private readonly scope: RequestScope,
    private readonly gate: StartupGate,
    private readonly body: BodyReader,
  ) {}

  /** On the adapter itself: Nest's middleware consumer would cost a path match and a proxy for each. */
  mount(app: NestExpressApplication): void {
    app.use(this.scope.use.bind(this.scope));
    app.use(securityHeaders);
    app.use(corsHandler(this.config));
    app.use(this.gate.use.bind(this.gate));
    app.use(this.body.use.bind(this.body));
  }
}
