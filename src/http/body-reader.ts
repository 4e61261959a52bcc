import { Inject, Injectable, type NestMiddleware } from '@nestjs/common';
import type { NextFunction, Response } from 'express';
import { AppError } from '../errors/app-error.js';
import type { AppRequest } from '../observability/request-context.js';
import { type HttpConfig, httpConfig } from './http.config.js';
import { UnparsedBody } from './unparsed-body.js';
import { isYamlBody } from './yaml-body.js';

const MIB = 1024 * 1024;
const RAW_BODY_PREFIX = '/webhooks/';

/**
 * Reads the bytes of every request within their limit. They are parsed by BodyParserGuard, once it is known who sends
 * them; those of webhooks are kept as `rawBody`, because a signature is checked over bytes.
 */
@Injectable()
export class BodyReader implements NestMiddleware<AppRequest, Response> {
  constructor(@Inject(httpConfig.token) private readonly config: HttpConfig) {}

  use(request: AppRequest, response: Response, next: NextFunction): void {
    const declared = request.headers['content-length'];
    const hasBody =
      (declared !== undefined && declared !== '0') || request.headers['transfer-encoding'] !== undefined;
    if (!hasBody) {
      request.body = undefined;
      request.rawBody = Buffer.alloc(0);
      next();
      return;
    }
    const isRaw = request.path.toLowerCase().startsWith(RAW_BODY_PREFIX); // As Express finds the route.
    const limitBytes =
      (isRaw ? this.config.WEBHOOK_MAX_REQUEST_SIZE_MB : this.config.MAX_REQUEST_SIZE_MB) * MIB;
    if (declared !== undefined && Number(declared) > limitBytes)
      return this.#refuse(request, response, next, limitBytes);
    const isYaml = isYamlBody(request.path, request.headers['content-type']);
    const wrongType = isRaw || isYaml ? undefined : refuseMediaType(request.headers);
    if (wrongType) return refuse(request, response, next, wrongType);
    readBytes(request, limitBytes, (error, bytes) => {
      if (error) return refuse(request, response, next, error);
      if (isRaw) request.rawBody = bytes;
      else request.body = bytes.length === 0 ? undefined : new UnparsedBody(bytes, isYaml);
      return next();
    });
  }

  #refuse(request: AppRequest, response: Response, next: NextFunction, limitBytes: number): void {
    refuse(request, response, next, tooLarge(limitBytes));
  }
}

/** What is still on its way is read and dropped, so that the client reads the answer and not a reset. */
function refuse(request: AppRequest, response: Response, next: NextFunction, error: unknown): void {
  response.setHeader('Connection', 'close');
  request.resume();
  next(error);
}

function tooLarge(limitBytes: number): AppError {
  return new AppError('payload_too_large', `The body is larger than ${limitBytes / MIB} MiB`);
}

function readBytes(
  request: AppRequest,
  limitBytes: number,
  done: (error: unknown, bytes: Buffer) => void,
): void {
  const chunks: Buffer[] = [];
  let size = 0;
  let isDone = false;
  const finish = (error: unknown, bytes: Buffer = Buffer.alloc(0)): void => {
    if (isDone) return;
    isDone = true;
    done(error, bytes);
  };
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > limitBytes) finish(tooLarge(limitBytes));
    else if (!isDone) chunks.push(chunk);
  });
  request.on('end', () => finish(undefined, chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)));
  request.on('error', (cause) =>
    // ParserRefusals knows better what is wrong than Node does when the connection is gone.
    finish(
      cause instanceof AppError ? cause : new AppError('validation_error', 'The body ended early', { cause }),
    ),
  );
}

/** The refusal for a body that is not JSON in UTF-8, or undefined when it is. */
function refuseMediaType(headers: AppRequest['headers']): AppError | undefined {
  const type = headers['content-type'];
  if (type !== 'application/json') {
    const [media = '', ...parameters] = (type ?? '').toLowerCase().split(';');
    const isJson = /^application\/(json|[\w.+-]+\+json)$/.test(media.trim());
    if (!isJson)
      return new AppError(
        'unsupported_media_type',
        'The body must be sent as Content-Type: application/json',
      );
    const charset = parameters
      .map((p) => /^\s*charset="?([\w-]+)"?\s*$/.exec(p)?.[1])
      .find((c) => c !== undefined);
    if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8') {
      return new AppError('unsupported_media_type', 'The body must be in UTF-8');
    }
  }
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    return new AppError('unsupported_media_type', 'Compressed bodies are not accepted');
  }
  return undefined;
}
