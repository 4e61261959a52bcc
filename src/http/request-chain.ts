import { Inject, Injectable } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Response } from 'express';
import { AppError } from '../errors/app-error.js';
import type { AppRequest } from '../observability/request-context.js';
import { corsHandler } from './cors.js';
import { type HttpConfig, httpConfig } from './http.config.js';
import { RequestScope } from './request-scope.js';
import { setSecurityHeaders } from './security-headers.js';

/** Nothing here is called so, and Postgres refuses to look for it. */
function nulRefusal({ url }: AppRequest): AppError | undefined {
  if (!url.includes('%00')) return undefined;
  return new AppError('validation_error', 'The address has a NUL character (%00)');
}

/** What every request passes before its route, in this order; the documentation's routes included. */
@Injectable()
export class RequestChain {
  constructor(
    @Inject(httpConfig.token) private readonly config: HttpConfig,
    private readonly scope: RequestScope,
  ) {}

  /**
   * On the adapter itself: Nest's middleware consumer would cost a path match and a proxy for each. And as one, because
   * Express would look at each anew for each request.
   */
  mount(app: NestExpressApplication): void {
    const cors = corsHandler(this.config);
    app.use((request: AppRequest, response: Response, next: NextFunction) => {
      this.scope.use(request, response, () => {
        setSecurityHeaders(response);
        if (cors === undefined) return letIn(request, next);
        return cors(request, response, (error?: unknown) =>
          error === undefined ? letIn(request, next) : next(error),
        );
      });
    });
  }
}

function letIn(request: AppRequest, next: NextFunction): void {
  const refusal = nulRefusal(request);
  if (refusal === undefined) next();
  else next(refusal);
}
