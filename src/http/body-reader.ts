import { Inject, Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { AppError } from '../errors/app-error.js';
import { clientNetwork } from '../observability/client-network.js';
import type { AppRequest } from '../observability/request-context.js';
import { BodyBudget } from './body-budget.js';
import { type HttpConfig, httpConfig } from './http.config.js';
import { refuseMediaType } from './media-type.js';
import { UnparsedBody } from './unparsed-body.js';
import { isYaml as isYamlType } from './yaml-body.js';

const MIB = 1024 * 1024;

/**
 * Reads the bytes of a request within their limits. Whoever needs them asks, once everything is checked that needs no
 * body: until then they stay on the wire, and whoever is refused before has filled no memory.
 */
@Injectable()
export class BodyReader {
  constructor(
    @Inject(httpConfig.token) private readonly config: HttpConfig,
    private readonly budget: BodyBudget,
  ) {}

  /** A body to be parsed; undefined where there is none. */
  async read(request: AppRequest, response: Response): Promise<UnparsedBody | undefined> {
    const isYaml = request.context.policy?.takesYaml === true && isYamlType(request.headers['content-type']);
    const limitBytes = this.config.MAX_REQUEST_SIZE_MB * MIB;
    const refusal = tooLarge(request, limitBytes) ?? (isYaml ? undefined : refuseMediaType(request.headers));
    if (refusal !== undefined) throw refused(request, response, refusal);
    const bytes = await this.#bytes(request, response, limitBytes);
    return bytes.length === 0 ? undefined : new UnparsedBody(bytes, isYaml);
  }

  /** The bytes of a delivery, kept as they came: a signature is checked over them. */
  async readRaw(request: AppRequest, response: Response): Promise<Buffer> {
    if (request.rawBody !== undefined) return request.rawBody;
    if (!hasBody(request)) return (request.rawBody = Buffer.alloc(0));
    const limitBytes = this.config.WEBHOOK_MAX_REQUEST_SIZE_MB * MIB;
    const refusal = tooLarge(request, limitBytes);
    if (refusal !== undefined) throw refused(request, response, refusal);
    return (request.rawBody = await this.#bytes(request, response, limitBytes));
  }

  async #bytes(request: AppRequest, response: Response, limitBytes: number): Promise<Buffer> {
    if (request.headers.expect !== undefined) response.writeContinue();
    const network = clientNetwork(request.context.clientAddress);
    let heldBytes = 0;
    response.on('close', () => this.budget.giveBack(network, heldBytes));
    const hold = (bytes: number): AppError | undefined => {
      if (heldBytes + bytes > limitBytes) return largerThan(limitBytes);
      if (!this.budget.take(network, bytes)) return tooMuchAtOnce();
      heldBytes += bytes;
      return undefined;
    };
    try {
      return await collect(request, hold);
    } catch (error) {
      throw refused(request, response, error);
    }
  }
}

export function hasBody({ headers }: AppRequest): boolean {
  const declared = headers['content-length'];
  return (declared !== undefined && declared !== '0') || headers['transfer-encoding'] !== undefined;
}

/** What is still on its way is read and dropped, so that the client reads the answer and not a reset. */
function refused(request: AppRequest, response: Response, error: unknown): unknown {
  if (!response.headersSent) response.setHeader('Connection', 'close');
  request.resume();
  return error;
}

function tooLarge({ headers }: AppRequest, limitBytes: number): AppError | undefined {
  return Number(headers['content-length'] ?? 0) > limitBytes ? largerThan(limitBytes) : undefined;
}

function largerThan(limitBytes: number): AppError {
  return new AppError('payload_too_large', `The body is larger than ${limitBytes / MIB} MiB`);
}

function tooMuchAtOnce(): AppError {
  return new AppError('unavailable', 'Too much is being sent at once; try again', { retryAfterSeconds: 1 });
}

function collect(request: AppRequest, hold: (bytes: number) => AppError | undefined): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  let isRefused = false;
  const refuse = (error: unknown): void => {
    isRefused = true;
    chunks.length = 0;
    reject(error);
  };
  request.on('data', (chunk: Buffer) => {
    if (isRefused) return;
    const refusal = hold(chunk.length);
    if (refusal === undefined) chunks.push(chunk);
    else refuse(refusal);
  });
  request.on('end', () => {
    if (!isRefused) resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks));
  });
  request.on('error', (cause) =>
    // ParserRefusals knows better what is wrong than Node does when the connection is gone.
    refuse(
      cause instanceof AppError ? cause : new AppError('validation_error', 'The body ended early', { cause }),
    ),
  );
  if (request.context.bodyFault !== undefined) refuse(request.context.bodyFault);
  return promise;
}
