import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type AbstractHttpAdapter, HttpAdapterHost } from '@nestjs/core';
import type { Response } from 'express';
import { newId } from '../clock/new-id.js';
import { AppError } from '../errors/app-error.js';
import type { AppRequest } from '../observability/request-context.js';
import { RequestLog } from '../observability/request-log.js';
import { ErrorAnswer } from './answer.js';
import { normalizeAddress } from './client-address.js';
import { refuseRequest } from './refuse-request.js';
import { RequestScope } from './request-scope.js';

/** How long a refused client that neither reads nor hangs up keeps its connection. */
const LINGER_MS = 2_000;

const REFUSALS: Readonly<Record<string, [status: number, message: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'The request headers are too large'],
  HPE_INVALID_EOF_STATE: [400, 'The request ended early'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request took too long to arrive'],
};

interface Refusal {
  error: AppError;
  /** Null where the parser did not get that far. */
  method: string | null;
}

/**
 * What Node would answer, or cut off, by itself: it gets the envelope and an access line as everything else. Promises
 * that a refusal never takes the place of an answer that its connection still waits for.
 */
@Injectable()
export class ParserRefusals implements OnModuleInit {
  /** Whose refusal waits for earlier answers. The parser goes on reading meanwhile, and complains again. */
  readonly #waiting = new WeakSet<Socket>();

  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly scope: RequestScope,
    private readonly requestLog: RequestLog,
  ) {}

  onModuleInit(): void {
    // A command that serves nobody, as npm run migrate does, has no adapter, whatever its type says.
    const adapter = this.adapterHost.httpAdapter as AbstractHttpAdapter | null;
    const server = adapter?.getHttpServer() as Server | undefined;
    server?.on('clientError', (error, socket) => this.#onFault(error, socket as Socket));
    server?.on('connect', (_request, socket) => this.#onConnect(socket as Socket));
    server?.on('checkExpectation', (request: IncomingMessage, response) =>
      this.#onExpectation(request as AppRequest, response as Response),
    );
  }

  #onFault(fault: NodeJS.ErrnoException, socket: Socket): void {
    if (fault.code === 'ECONNRESET') {
      socket.destroy();
      return;
    }
    const [status, message] = REFUSALS[fault.code ?? ''] ?? [400, 'The request is not valid HTTP'];
    const error = new AppError('validation_error', message, { status, cause: fault });
    // Within a body it is the fault of a request that is known already: whoever reads the body answers.
    const halfRead = this.#owed(socket).find(({ req }) => !req.complete);
    if (halfRead) blameBody(halfRead, error);
    else this.refuse(socket, { error, method: null });
  }

  /** By now Node has let go of the socket: no parser, nobody who listens for its errors. */
  #onConnect(socket: Socket): void {
    socket.on('error', () => socket.destroy());
    const error = new AppError('validation_error', 'This is no proxy', { status: 405 });
    this.refuse(socket, { error, method: 'CONNECT' });
  }

  #onExpectation(request: AppRequest, response: Response): void {
    const error = new AppError('validation_error', 'Expect can only be 100-continue', { status: 417 });
    this.scope.use(request, response, () => refuseRequest(request, response, error));
  }

  /** The answers that the connection waits for. Only looked for when something went wrong. */
  #owed(socket: Socket): Response[] {
    return this.scope.inFlight.items().filter((response) => response.req.socket === socket);
  }

  /** Behind the answers that the connection waits for. */
  refuse(socket: Socket, refusal: Refusal): void {
    if (this.#waiting.has(socket)) return;
    if (!socket.writable) {
      socket.destroy();
      return;
    }
    const [earlier] = this.#owed(socket);
    if (!earlier) return this.#answer(socket, refusal);
    this.#waiting.add(socket);
    earlier.once('close', () => {
      this.#waiting.delete(socket);
      this.refuse(socket, refusal);
    });
  }

  /** No request object exists, so the answer is written by hand. */
  #answer(socket: Socket, { error, method }: Refusal): void {
    const requestId = newId();
    const answer = new ErrorAnswer(error);
    const body = answer.render(requestId);
    const head = [
      `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}`,
      `Content-Type: ${answer.contentType}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      `X-Request-ID: ${requestId}`,
      ...(error.retryAfterSeconds === undefined ? [] : [`Retry-After: ${error.retryAfterSeconds}`]),
      ...(error.status === 405 ? ['Allow:'] : []), // A 405 has to say what is allowed: for CONNECT nothing.
      'Connection: close',
    ].join('\r\n');
    socket.end(`${head}\r\n\r\n${body}`);
    socket.setTimeout(LINGER_MS, () => socket.destroy());
    const clientAddress = normalizeAddress(socket.remoteAddress) ?? 'unknown';
    this.requestLog.refused({ requestId, clientAddress, method, status: error.status });
  }
}

/** Where nobody has asked for the body yet, whoever does will find the fault; and if nobody does, the answer is the last. */
function blameBody(response: Response, error: AppError): void {
  const request = response.req as AppRequest;
  if (request.listenerCount('error') > 0) request.emit('error', error);
  else request.context.bodyFault = error;
  if (!response.headersSent) response.setHeader('Connection', 'close');
}
