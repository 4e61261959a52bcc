import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ServiceState } from '../observability/service-state.js';
import type { AppAdapter } from './app-adapter.js';
import { Arrivals } from './arrivals.js';
import { LISTENING_SOCKETS, type ListeningSockets } from './listening-sockets.js';
import { RequestScope } from './request-scope.js';

const CHECK_EVERY_MS = 20;
/** So long nobody new has come, and it is taken that everybody knows that this process is unready. */
const QUIET_MS = 100;
/** So many connections may wait to be accepted; 511 is Node's own number. Once more have been, those of the first moment are in. */
const QUEUE_LENGTH = 511 * LISTENING_SOCKETS;
/** How long new connections are accepted where they never end, and how long idle ones stay for a request that is on its way. */
const LINGER_MS = 1_000;

/**
 * The HTTP part of a stop, and its first. Unready already, it goes on accepting for a moment, because closing the listening
 * socket resets who waits in its queue; then no new connection, and every request is answered, with `Connection: close`.
 * Promises to be done within the grace; only then do queue and database stop.
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
    const adapter = this.adapterHost.httpAdapter as AppAdapter | null;
    const server = adapter?.getHttpServer() as HttpServer | undefined;
    const sockets = adapter?.sockets;
    if (!server?.listening || sockets === undefined) return;
    await this.#acceptWhoWaits(server);
    sockets.close();
    // Not before: whoever is told to leave comes back at once on a new connection, and may be in the queue that is closed.
    for (const response of this.scope.inFlight.items()) sayGoodbye(response);
    server.prependListener('request', (_request: IncomingMessage, response: ServerResponse) =>
      sayGoodbye(response),
    );
    await this.#untilAnswered(server, sockets);
    server.closeAllConnections();
  }

  async #acceptWhoWaits(server: HttpServer): Promise<void> {
    const connections = new Arrivals(server, 'connection');
    const lingerUntil = performance.now() + LINGER_MS;
    const leastGraceMs = this.state.remainingGraceMs() / 2;
    const isInTime = (): boolean => this.state.remainingGraceMs() > leastGraceMs;
    const isWorthIt = (): boolean => performance.now() < lingerUntil || connections.count < QUEUE_LENGTH;
    await connections.untilQuiet(QUIET_MS, () => isInTime() && isWorthIt());
    await connections.untilNobodyWaits(isInTime);
  }

  async #untilAnswered(server: HttpServer, sockets: ListeningSockets): Promise<void> {
    const requests = new Arrivals(server, 'request');
    const lingerUntil = performance.now() + Math.min(LINGER_MS, this.state.remainingGraceMs());
    while ((await sockets.countConnections()) > 0 && this.state.remainingGraceMs() > 0) {
      if (performance.now() > lingerUntil) {
        await requests.untilNobodyWaits(() => this.state.remainingGraceMs() > 0); // A long turn leaves requests behind that nobody has read yet.
        server.closeIdleConnections();
      }
      await delay(CHECK_EVERY_MS);
    }
  }
}

function sayGoodbye(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close');
}
