import { Inject, Injectable, type NestMiddleware } from '@nestjs/common';
import type { NextFunction, Response } from 'express';
import { newId } from '../clock/new-id.js';
import { AppError } from '../errors/app-error.js';
import { RequestLog } from '../observability/request-log.js';
import type { AppRequest } from '../observability/request-context.js';
import { clientAddressOf } from './client-address.js';
import { framingFault } from './framing.js';
import { type HttpConfig, httpConfig } from './http.config.js';
import { InFlight } from './in-flight.js';
import { refuseRequest } from './refuse-request.js';

const ACCEPTABLE_ID = /^[A-Za-z0-9._:-]{1,128}$/;

/** The first on each request's way: gives it an id, an address and its access line. */
@Injectable()
export class RequestScope implements NestMiddleware<AppRequest, Response> {
  /** The responses that are not over yet. */
  readonly inFlight = new InFlight<Response>();
  readonly #isAnyProxyTrusted: boolean;

  constructor(
    @Inject(httpConfig.token) config: HttpConfig,
    private readonly requestLog: RequestLog,
  ) {
    this.#isAnyProxyTrusted = config.TRUST_PROXY !== false;
  }

  use(request: AppRequest, response: Response, next: NextFunction): void {
    const given = request.headers['x-request-id'];
    const requestId = typeof given === 'string' && ACCEPTABLE_ID.test(given) ? given : newId();
    request.context = { requestId, clientAddress: clientAddressOf(request, this.#isAnyProxyTrusted) };
    response.setHeader('X-Request-ID', requestId);
    response.on('close', this.inFlight.begin(response));
    const fault = framingFault(request);
    this.requestLog.run(request, response, fault === undefined ? next : refusal(request, response, fault));
  }
}

function refusal(request: AppRequest, response: Response, fault: string): () => void {
  return () => refuseRequest(request, response, new AppError('validation_error', fault));
}
