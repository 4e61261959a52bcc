import type { Response } from 'express';
import type { AppError } from '../errors/app-error.js';
import type { AppRequest } from '../observability/request-context.js';
import { sendError } from './app-exception.filter.js';
import { setSecurityHeaders } from './security-headers.js';

/** For a request that must not get as far as Express: answers it, drops what is still on its way, and hangs up. */
export function refuseRequest(request: AppRequest, response: Response, error: AppError): void {
  setSecurityHeaders(response);
  response.setHeader('Connection', 'close');
  request.resume();
  sendError(response, error, request.context.requestId);
}
