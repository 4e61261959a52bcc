import { Server } from 'node:net';
import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { type AbstractHttpAdapter, HttpAdapterHost } from '@nestjs/core';
import { ServiceState } from '../observability/service-state.js';
import { RequestScope } from './request-scope.js';

const CHECK_EVERY_MS = 20;
/** How long an idle keep-alive connection stays open, so that a request already on its way still meets a server. */
const LINGER_MS = 1_000;

/**
 * The HTTP part of a stop, and its first: no new connection, every request that was accepted is answered, with
 * `Connection: close`. Promises to be done within the grace; only then do queue and database stop.
 */
@Injectable()
export class HttpDrain implements OnModuleDestroy {
  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly state: ServiceState,
    private readonly scope: RequestScope,
  ) {}

  async onModuleDestroy(): Promise<void> {
    this.state.beginDraining();
    // A command that serves nobody, as npm run migrate does, has no adapter, whatever its type says.
    const adapter = this.adapterHost.httpAdapter as AbstractHttpAdapter | null;
    const server = adapter?.getHttpServer() as HttpServer | undefined;
    if (!server?.listening) return;
    for (const response of this.scope.inFlight.items()) sayGoodbye(response);
    server.prependListener('request', (_request: IncomingMessage, response: ServerResponse) =>
      sayGoodbye(response),
    );
    // http.Server.close would also cut idle connections at once, and with them requests that are on their way.
    Server.prototype.close.call(server);
    const lingerUntil = performance.now() + Math.min(LINGER_MS, this.state.remainingGraceMs());
    while ((await countConnections(server)) > 0 && this.state.remainingGraceMs() > 0) {
      if (performance.now() > lingerUntil) server.closeIdleConnections();
      await delay(CHECK_EVERY_MS);
    }
    server.closeAllConnections();
  }
}

function sayGoodbye(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close');
}

function countConnections(server: HttpServer): Promise<number> {
  return new Promise((resolve) => {
    server.getConnections((_error, count) => resolve(count));
  });
}
