import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { HttpService } from '@nestjs/axios';
import { Inject, Injectable } from '@nestjs/common';
import { AxiosError, type AxiosRequestConfig } from 'axios';
import { USER_AGENT } from '../../../config/version.js';
import { traceCall, type TracedCall, type TraceHeaders } from '../../../observability/tracer.js';
import { Departure } from '../../departure.js';
import type { SendPermit } from '../../send-permit.js';
import type { ClockifyAccount } from '../account/clockify-account.js';
import { type ClockifyConfig, clockifyConfig } from '../clockify.config.js';
import { encodeBody } from './request-body.js';
import type { OutgoingRequest } from './request-builder.js';

export interface UpstreamResponse {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly bytes: Buffer;
  /** What a refusal says, as far as it may be shown; the gate puts it there. */
  readonly shownMessage?: string;
}

interface Exchange {
  account: ClockifyAccount;
  requestId: string;
  signal?: AbortSignal | undefined;
  permit?: SendPermit | undefined;
}

/** No response, or not a whole one. */
export class TransportFailure extends Error {
  constructor(
    readonly kind: 'timeout' | 'connection' | 'cancelled' | 'too_large' | 'withheld',
    /** Whether the upstream can have seen the request. */
    readonly wasSent: boolean,
    cause: unknown,
  ) {
    super(`No response: ${kind}`, { cause });
  }
}

const MIB = 1024 * 1024;
const CONNECTIONS = 64;
/** Idle connections do not keep the process; those in use at a stop belong to calls that are still being answered. */
const IDLE_MS = 15_000; // Shorter than what servers keep, so that a reused connection is rarely one just closed.

/** One request, one response. Promises to follow no redirect and to say of a failure whether the request went out. */
@Injectable()
export class ClockifyTransport {
  readonly #httpAgent = new HttpAgent({ keepAlive: true, maxSockets: CONNECTIONS, timeout: IDLE_MS });
  readonly #httpsAgent = new HttpsAgent({ keepAlive: true, maxSockets: CONNECTIONS, timeout: IDLE_MS });

  constructor(
    private readonly http: HttpService,
    @Inject(clockifyConfig.token) private readonly config: ClockifyConfig,
  ) {}

  async exchange(
    request: OutgoingRequest,
    { account, requestId, signal, permit }: Exchange,
  ): Promise<UpstreamResponse> {
    if (signal?.aborted) throw new TransportFailure('cancelled', false, signal.reason);
    const timeout = AbortSignal.timeout(this.config.CLOCKIFY_TIMEOUT_MS);
    const { data, contentType } = await encodeBody(request);
    const departure = new Departure(permit);
    try {
      const call = (): TracedCall => ({
        name: `clockify ${request.operation.id}`,
        method: request.operation.method,
        url: request.url,
        isToldTrace: true,
      });
      const send = (traced: TraceHeaders) =>
        this.http.axiosRef.request<Buffer>({
          ...this.#fixed,
          method: request.operation.method,
          url: request.url,
          headers: {
            ...account.headers,
            'user-agent': USER_AGENT,
            accept: 'application/json, */*;q=0.5',
            'x-request-id': requestId,
            ...(contentType === undefined ? {} : { 'content-type': contentType }),
            ...traced,
          },
          data,
          transport: departure.transport,
          signal: signal ? AbortSignal.any([timeout, signal]) : timeout,
        });
      const response = await traceCall(call, send);
      const headers = response.headers as Record<string, string | undefined>;
      return { status: response.status, headers, bytes: response.data };
    } catch (error) {
      throw toFailure(error, { timeout, signal, departure });
    }
  }

  get #fixed(): AxiosRequestConfig {
    return {
      responseType: 'arraybuffer',
      maxRedirects: 0,
      maxContentLength: this.config.CLOCKIFY_MAX_RESPONSE_SIZE_MB * MIB,
      maxBodyLength: Infinity,
      validateStatus: () => true,
      proxy: false,
      // The body is encoded and the answer decoded by us; axios would parse both once more.
      transformRequest: [(data: unknown) => data],
      transformResponse: [(data: unknown) => data],
      httpAgent: this.#httpAgent,
      httpsAgent: this.#httpsAgent,
    };
  }
}

function toFailure(
  error: unknown,
  {
    timeout,
    signal,
    departure: { hasLeft: wasSent, isWithheld },
  }: { timeout: AbortSignal; signal: AbortSignal | undefined; departure: Departure },
): TransportFailure {
  if (isWithheld) return new TransportFailure('withheld', false, error);
  if (signal?.aborted) return new TransportFailure('cancelled', wasSent, error);
  if (timeout.aborted) return new TransportFailure('timeout', wasSent, error);
  if (error instanceof AxiosError && error.code === 'ERR_BAD_RESPONSE') {
    return new TransportFailure('too_large', true, error);
  }
  return new TransportFailure('connection', wasSent, error);
}
