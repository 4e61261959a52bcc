import { HttpService } from '@nestjs/axios';
import { Inject, Injectable } from '@nestjs/common';
import { type AxiosResponse, isAxiosError } from 'axios';
import { USER_AGENT } from '../../config/version.js';
import { traceCall, type TracedCall } from '../../observability/tracer.js';
import { Departure } from '../departure.js';
import type { ExecutionContext } from '../integration.js';
import type { Outcome } from '../integration-error.js';
import { holdPermit } from '../send-permit.js';
import type { CheckedTarget } from './address-guard.js';
import { httpRequestConfig, type HttpRequestConfig } from './http-request.config.js';
import { responseTooLarge, targetTooSlow, targetUnreachable } from './http-request.errors.js';
import type { OutgoingRequest } from './outgoing-request.js';
import { PinnedConnection } from './pinned-agent.js';

const TOO_SLOW = new Set(['ETIMEDOUT', 'ECONNABORTED', 'ERR_CANCELED']);

export interface IncomingResponse {
  status: number;
  headers: AxiosResponse['headers'];
  body: Buffer;
}

/**
 * One request over a connection that is pinned to checked addresses: no redirects, no proxy, no second attempt, and a
 * write only while its permit is held.
 */
@Injectable()
export class HttpRequestClient {
  constructor(
    private readonly http: HttpService,
    @Inject(httpRequestConfig.token) private readonly config: HttpRequestConfig,
  ) {}

  async send(
    request: OutgoingRequest,
    { addresses }: CheckedTarget,
    context: ExecutionContext,
  ): Promise<IncomingResponse> {
    const connectTimeoutMs = this.config.HTTP_REQUEST_CONNECT_TIMEOUT_MS;
    const connection = new PinnedConnection({ addresses, connectTimeoutMs });
    await holdPermit(context);
    const departure = new Departure(context.permit);
    const deadline = AbortSignal.timeout(this.config.HTTP_REQUEST_TIMEOUT_MS);
    const call = (): TracedCall => ({
      name: `http-request ${request.method}`,
      method: request.method,
      url: request.url,
      isToldTrace: false,
    });
    const send = (): Promise<AxiosResponse<Buffer>> =>
      this.http.axiosRef.request<Buffer>({
        method: request.method,
        url: request.url,
        headers: { 'user-agent': USER_AGENT, ...request.headers },
        ...(request.body.length > 0 ? { data: request.body } : {}),
        responseType: 'arraybuffer',
        transformRequest: (data: unknown) => data,
        httpAgent: connection.httpAgent,
        httpsAgent: connection.httpsAgent,
        transport: departure.transport,
        proxy: false, // A proxy from the environment would do its own lookup.
        maxRedirects: 0,
        maxContentLength: this.config.HTTP_REQUEST_MAX_RESPONSE_KB * 1024,
        validateStatus: () => true,
        signal: context.signal ? AbortSignal.any([context.signal, deadline]) : deadline,
      });
    const response = await traceCall(call, send).catch((error: unknown) => {
      throw failure(error, departure.hasLeft ? request.unsure : 'none');
    });
    return { status: response.status, headers: response.headers, body: Buffer.from(response.data) };
  }
}

function failure(error: unknown, outcome: Outcome): Error {
  if (isAxiosError(error) && /maxContentLength/.test(error.message)) return responseTooLarge(outcome);
  const isTooSlow = isAxiosError(error) && error.code !== undefined && TOO_SLOW.has(error.code);
  return isTooSlow ? targetTooSlow(error, outcome) : targetUnreachable(error, outcome);
}
