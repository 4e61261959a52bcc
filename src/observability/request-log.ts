import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { PinoLogger } from 'nestjs-pino';
import { HttpMetrics } from './http-metrics.js';
import type { AppRequest, RequestContext } from './request-context.js';
import { type TracedRequest, traceRequest } from './tracer.js';

const current = new AsyncLocalStorage<RequestContext>();

/** The request that the running code works for, if any. Every log line of a request carries its id by this. */
export function currentRequest(): RequestContext | undefined {
  return current.getStore();
}

/** Runs work that outlives its request, or never had one, under a request id of its own. */
export function runAs<T>(context: RequestContext, work: () => T): T {
  return current.run(context, work);
}

/** What was refused before there was a request. */
interface Refused {
  requestId: string;
  clientAddress: string;
  method: string | null;
  status: number;
}

/** One access line and one observation per request, when its response is over. */
@Injectable()
export class RequestLog {
  constructor(
    private readonly log: PinoLogger,
    private readonly metrics: HttpMetrics,
  ) {}

  run(request: AppRequest, response: Response, next: () => void): void {
    const startedMs = performance.now();
    // Now, because routers below rewrite the URL; and without the query, which may hold tokens.
    const path = shortened(request.path);
    let endTrace: ReturnType<typeof traceRequest>;
    response.on('close', () => {
      this.#record(request, response, path, performance.now() - startedMs);
      endTrace?.({ route: routeOf(request), status: response.statusCode });
    });
    const traced = (): TracedRequest => ({
      method: request.method,
      requestId: request.context.requestId,
      isGivenId: request.headers['x-request-id'] === request.context.requestId,
      headers: request.headers,
    });
    endTrace = traceRequest(traced, () => current.run(request.context, next));
  }

  /** The same for what the HTTP parser refused, as far as it is known: its id must find something too. */
  refused({ requestId, clientAddress, method, status }: Refused): void {
    this.metrics.observe({ method: method ?? '', route: null, status, durationMs: 0 });
    const line = { request_id: requestId, method, path: null, route: null, status, client: clientAddress };
    this.log.info(line, 'request');
  }

  #record(request: AppRequest, response: Response, path: string, durationMs: number): void {
    const route = routeOf(request);
    const { requestId, clientAddress, caller } = request.context;
    this.metrics.observe({ method: request.method, route, status: response.statusCode, durationMs });
    const line = {
      request_id: requestId,
      method: request.method,
      path,
      route,
      status: response.statusCode,
      duration_ms: Math.round(durationMs * 1000) / 1000,
      client: clientAddress,
      ...(caller ? { caller: caller.name } : {}),
      ...(response.writableFinished ? {} : { aborted: true }),
    };
    if (response.statusCode >= 500) this.log.error(line, 'request');
    else this.log.info(line, 'request');
  }
}

/** No route of ours is so long; whoever asks for one must not fill the log. */
const LONGEST_PATH = 2_048;

function shortened(path: string): string {
  return path.length <= LONGEST_PATH ? path : `${path.slice(0, LONGEST_PATH)}…`;
}

/** The route's template, so that ids do not make new values; null where no route matched. */
function routeOf(request: AppRequest): string | null {
  const route: unknown = request.route;
  if (typeof route !== 'object' || route === null || !('path' in route)) return null;
  return typeof route.path === 'string' ? route.path : null;
}
