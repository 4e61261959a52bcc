import {
  type ClientRequest,
  type IncomingMessage,
  request as httpRequest,
  type RequestOptions,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { SendPermit } from './send-permit.js';

/**
 * One request's way out of the process. Promises that none of its bytes leave before its connection stands, nor unless
 * its permit is held at that very moment, however long it waited for a connection; and it knows whether they left.
 */
export class Departure {
  #hasLeft = false;
  #isWithheld = false;

  constructor(private readonly permit: SendPermit | undefined) {}

  /** Until then the other side cannot have seen anything of it. */
  get hasLeft(): boolean {
    return this.#hasLeft;
  }

  /** Its permit had run out by the time that it could have left. */
  get isWithheld(): boolean {
    return this.#isWithheld;
  }

  /** For axios, in place of Node's own `http` and `https`. */
  get transport(): { request: typeof httpRequest } {
    const request = (options: RequestOptions, answer: (response: IncomingMessage) => void): ClientRequest =>
      this.#watch((options.protocol === 'https:' ? httpsRequest : httpRequest)(options, answer));
    return { request: request as typeof httpRequest };
  }

  /** Node tells of the socket just before it writes to it, also when that one had been waited for. */
  #watch(request: ClientRequest): ClientRequest {
    return request.once('socket', (socket) => {
      const established = eventToAwait(socket);
      if (established === undefined) return this.#depart(request);
      // Added before the request is written to the socket, and so before Node's own listener that lets it out.
      socket.once(established, () => this.#depart(request));
    });
  }

  #depart(request: ClientRequest): void {
    this.#isWithheld = this.permit?.isHeld === false;
    this.#hasLeft = !this.#isWithheld;
    if (this.#isWithheld) request.destroy(new Error('The permit to send has run out'));
  }
}

/** The event after which the socket can be written to; undefined where it already can. */
function eventToAwait(socket: Socket): 'connect' | 'secureConnect' | undefined {
  if (!(socket instanceof TLSSocket)) return socket.connecting ? 'connect' : undefined;
  const { secureConnecting } = socket as { secureConnecting?: boolean };
  return socket.connecting || secureConnecting === true ? 'secureConnect' : undefined;
}
