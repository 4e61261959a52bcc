import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import type { Response } from 'express';
import { AppError, REPLAYED_HEADER } from '../errors/app-error.js';
import { codeForStatus } from '../errors/error-code.js';
import type { AppRequest } from '../observability/request-context.js';
import { DatabaseUnavailableError, isUnavailable, isUnstorableText } from '../storage/storage.errors.js';
import { ErrorAnswer } from './answer.js';

/** The one place where a failure becomes an answer. The caller sees code, message and details; the log gets the cause. */
@Catch()
export class AppExceptionFilter implements ExceptionFilter {
  constructor(@InjectPinoLogger('http') private readonly log: PinoLogger) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<AppRequest>();
    const response = http.getResponse<Response>();
    const error = toAppError(exception);
    this.#log(error, exception, request);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    if (error.retryAfterSeconds !== undefined)
      response.setHeader('Retry-After', String(error.retryAfterSeconds));
    if (error.isReplay) response.setHeader(REPLAYED_HEADER, 'true');
    sendError(response, error, request.context?.requestId ?? '');
  }

  #log(error: AppError, exception: unknown, request: AppRequest): void {
    const line = { err: error.cause ?? exception, code: error.code, request_id: request.context?.requestId };
    if (error.code === 'internal_error') this.log.error(line, 'Unexpected failure');
    else if (error.status >= 500) this.log.warn(line, error.message);
    else this.log.debug(line, error.message);
  }
}

export function sendError(response: Response, error: AppError, requestId: string): void {
  const answer = new ErrorAnswer(error);
  response.statusCode = error.status;
  response.setHeader('Content-Type', answer.contentType);
  response.end(answer.render(requestId));
}

/** Whatever was thrown, as an expected failure. What nobody expected says nothing of itself to the caller. */
export function toAppError(exception: unknown): AppError {
  if (exception instanceof AppError) return exception;
  if (isUnavailable(exception)) return new DatabaseUnavailableError(exception);
  if (isUnstorableText(exception)) {
    return new AppError('validation_error', 'A text with a NUL character cannot be stored', {
      cause: exception,
    });
  }
  if (exception instanceof HttpException) return fromHttpException(exception);
  const status = statusOf(exception);
  if (status !== undefined && status < 500) {
    // Express and its middleware mark their own refusals so; their messages may quote the request.
    return new AppError(codeForStatus(status), messageFor(status), { status, cause: exception });
  }
  return new AppError('internal_error', 'Something went wrong here; the request id finds it in the log', {
    cause: exception,
  });
}

function fromHttpException(exception: HttpException): AppError {
  const status = exception.getStatus();
  const code = codeForStatus(status);
  if (code === 'internal_error') return new AppError(code, messageFor(status), { status, cause: exception });
  return new AppError(code, exception.message, { status, cause: exception.cause ?? exception });
}

function statusOf(exception: unknown): number | undefined {
  if (typeof exception !== 'object' || exception === null) return undefined;
  const { status, statusCode } = exception as { status?: unknown; statusCode?: unknown };
  const value = status ?? statusCode;
  return typeof value === 'number' && value >= 400 && value <= 599 ? value : undefined;
}

function messageFor(status: number): string {
  return status >= 500
    ? 'Something went wrong here; the request id finds it in the log'
    : 'The request cannot be read';
}
