import http from 'node:http';
import { StreamableFile } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { AppError } from '../errors/app-error.js';
import type { AppRequest } from '../observability/request-context.js';
import { Answer, renderData } from './answer.js';
import { AnswersOfTurn } from './answers-of-turn.js';
import { withoutPort } from './client-address.js';
import { ConnectionTurns } from './connection-turns.js';
import type { HttpConfig } from './http.config.js';
import { ListeningSockets } from './listening-sockets.js';
import { allowedMethods } from './allowed-methods.js';
import { RouteIndex, type RouteHandler } from './route-index.js';

const JSON_TYPE = 'application/json; charset=utf-8';

/** Nest's Express adapter with our envelope and our limits. */
export class AppAdapter extends ExpressAdapter {
  /** Of the controllers' routes; it stands before them and behind whatever was mounted earlier. */
  readonly #index = new RouteIndex();
  readonly #turn = new AnswersOfTurn();
  #sockets: ListeningSockets | undefined;
  #isControllersTurn = false;
  #isIndexMounted = false;

  constructor(private readonly config: HttpConfig) {
    const app = express();
    app.disable('x-powered-by');
    app.disable('etag');
    app.set('query parser', 'simple');
    app.set('trust proxy', config.TRUST_PROXY);
    if (config.TRUST_PROXY !== false) forgivePorts(app);
    super(app);
  }

  override initHttpServer(): void {
    const { config } = this;
    const app = this.getInstance<Express>();
    const server = http.createServer(
      {
        ...bornAs(app),
        maxHeaderSize: config.MAX_HEADER_SIZE_KB * 1024,
        headersTimeout: config.HEADERS_TIMEOUT_SECONDS * 1000,
        requestTimeout: Math.max(config.REQUEST_TIMEOUT_SECONDS, config.HEADERS_TIMEOUT_SECONDS) * 1000,
        keepAliveTimeout: config.KEEP_ALIVE_SECONDS * 1000,
        connectionsCheckingInterval: 1000,
        requireHostHeader: false, // RequestScope asks for it, and answers in the envelope.
      },
      new ConnectionTurns(app).enter,
    );
    // By itself Node would ask for the body before anything is checked; BodyReader does.
    server.on('checkContinue', (request, response) => server.emit('request', request, response));
    this.httpServer = server;
    this.#sockets = new ListeningSockets(server);
  }

  get sockets(): ListeningSockets | undefined {
    return this.#sockets;
  }

  override listen(port: string | number, ...args: unknown[]): http.Server {
    const [host, tell] = args as [string, (error?: unknown) => void];
    this.#sockets?.open({ port: Number(port), host }).then(() => tell(), tell);
    return this.httpServer as http.Server;
  }

  /** Bodies are read by BodyReader. Nest calls this when everything else is mounted. */
  override registerParserMiddleware(): void {
    this.#isControllersTurn = true;
  }

  override get(...args: unknown[]): unknown {
    return super.get(...this.#indexed('GET', args));
  }

  override post(...args: unknown[]): unknown {
    return super.post(...this.#indexed('POST', args));
  }

  override put(...args: unknown[]): unknown {
    return super.put(...this.#indexed('PUT', args));
  }

  override patch(...args: unknown[]): unknown {
    return super.patch(...this.#indexed('PATCH', args));
  }

  override delete(...args: unknown[]): unknown {
    return super.delete(...this.#indexed('DELETE', args));
  }

  /** Every answer of every controller and filter passes here, and is put into the envelope here. */
  override reply(response: Response, body: unknown, statusCode?: number): unknown {
    if (body instanceof StreamableFile) return super.reply(response, body, statusCode);
    if (statusCode) response.statusCode = statusCode;
    if (response.statusCode === 204) return response.end();
    const { requestId } = (response.req as AppRequest).context;
    const isAnswer = body instanceof Answer;
    const text = isAnswer ? body.render(requestId) : renderData(body ?? null, requestId);
    response.setHeader('Content-Type', isAnswer ? body.contentType : JSON_TYPE);
    response.setHeader('Content-Length', Buffer.byteLength(text));
    // Now, so that an impossible status is this call's error, and nobody takes the answer for one still to be made.
    response.writeHead(response.statusCode);
    this.#turn.end(response, text);
    return response;
  }

  /** Nest's own handler would answer 404 for a wrong method too. */
  override setNotFoundHandler(): void {
    this.instance.use((request: Request, response: Response, next: NextFunction) => {
      const methods = allowedMethods(this.getInstance<Express>(), request.path);
      if (methods.length === 0) return next(new AppError('not_found', 'There is no such route'));
      response.setHeader('Allow', methods.join(', '));
      return next(new AppError('validation_error', `Use ${methods.join(' or ')} here`, { status: 405 }));
    });
  }

  #indexed(method: string, args: unknown[]): Parameters<ExpressAdapter['get']> {
    const [path, handler] = args as [string, RouteHandler];
    if (this.#isControllersTurn) {
      if (!this.#isIndexMounted) this.use(this.#index.use);
      this.#isIndexMounted = true;
      this.#index.add(method, path, handler);
    }
    return args as Parameters<ExpressAdapter['get']>;
  }
}

/** A trusted proxy is known by its address, whatever port it is forwarded with. */
function forgivePorts(app: Express): void {
  const isTrusted = app.get('trust proxy fn') as (address: string, hop: number) => boolean;
  app.set('trust proxy', (address: string | undefined, hop: number) =>
    isTrusted(withoutPort(address ?? ''), hop),
  );
}

/**
 * Express gives each request and response its prototype when they arrive, which costs V8 a sixth of what bare Express
 * takes for a request. Made by these classes they have it from the start, and Express finds nothing to change.
 */
function bornAs(app: Express): Pick<http.ServerOptions, 'IncomingMessage' | 'ServerResponse'> {
  class AppIncomingMessage extends http.IncomingMessage {}
  class AppServerResponse extends http.ServerResponse {}
  Object.setPrototypeOf(AppIncomingMessage.prototype, app.request);
  Object.setPrototypeOf(AppServerResponse.prototype, app.response);
  app.request = AppIncomingMessage.prototype as Request;
  app.response = AppServerResponse.prototype as unknown as Response;
  return { IncomingMessage: AppIncomingMessage, ServerResponse: AppServerResponse as never };
}
