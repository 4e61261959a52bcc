import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { type HttpConfig, httpConfig } from './http.config.js';
import { RequestScope } from './request-scope.js';

/**
 * Cuts off clients that take nothing of their answer for as long as the longer of REQUEST_TIMEOUT_SECONDS and
 * KEEP_ALIVE_SECONDS: they would hold socket and answer for ever. Looks from time to time at what is in flight, as the
 * server's own time-out would cost each request a timer, and would cut off who waits for a long piece of work too.
 */
@Injectable()
export class UnreadAnswers implements OnModuleInit, OnApplicationShutdown {
  readonly #patienceMs: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(httpConfig.token) config: HttpConfig,
    private readonly scope: RequestScope,
  ) {
    this.#patienceMs = Math.max(config.REQUEST_TIMEOUT_SECONDS, config.KEEP_ALIVE_SECONDS) * 1000;
  }

  onModuleInit(): void {
    this.#timer = setInterval(() => this.#look(), this.#patienceMs / 2).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.#timer);
  }

  /** The socket itself knows whether a byte was taken meanwhile, and the HTTP server destroys it if none was. */
  #look(): void {
    for (const { req } of this.scope.inFlight.items()) {
      const { socket } = req;
      const isUnread = socket.writableLength > 0;
      const isTimed = (socket.timeout ?? 0) > 0;
      if (isUnread !== isTimed) socket.setTimeout(isUnread ? this.#patienceMs : 0);
    }
  }
}
