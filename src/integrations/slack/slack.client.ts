import { setTimeout as delay } from 'node:timers/promises';
import { HttpService } from '@nestjs/axios';
import { Inject, Injectable } from '@nestjs/common';
import type { AxiosRequestConfig, AxiosResponse } from 'axios';
import { USER_AGENT } from '../../config/version.js';
import { traceCall, type TracedCall, type TraceHeaders } from '../../observability/tracer.js';
import { Departure } from '../departure.js';
import type { ExecutionContext, Params } from '../integration.js';
import { IntegrationError } from '../integration-error.js';
import { holdPermit } from '../send-permit.js';
import type { SlackCall } from './slack-operations.js';
import { slackConfig, type SlackConfig } from './slack.config.js';
import { refusedBySlack, slackFailed, slackRateLimited, slackUnreachable } from './slack.errors.js';

const ATTEMPTS = 3;
const LONGEST_WAIT_SECONDS = 10;
const LARGEST_ANSWER = 4 * 1024 * 1024;

interface Attempt {
  request: AxiosRequestConfig;
  isRepeatable: boolean;
}

/**
 * Slack's Web API over HTTP. Repeats only what was certainly not carried out, or does no harm when repeated, and sends a
 * write only while its permit is held.
 */
@Injectable()
export class SlackClient {
  constructor(
    private readonly http: HttpService,
    @Inject(slackConfig.token) private readonly config: SlackConfig,
  ) {}

  /** The answer's fields without Slack's envelope. */
  async call(call: SlackCall, isRepeatable: boolean, context: ExecutionContext): Promise<Params> {
    const { data, headers } = await this.#send({ request: this.#request(call), isRepeatable }, context);
    const unsure = isRepeatable ? 'none' : 'unknown';
    if (typeof data !== 'object' || data === null) throw slackFailed(200, unsure);
    const { ok, error, response_metadata: _metadata, ...fields } = data as Record<string, unknown>;
    if (ok !== true) throw refusedBySlack(error, unsure, retryAfter(headers['retry-after']));
    return fields;
  }

  /** Sends a file's bytes to the address Slack gave for them. Nobody sees them until the upload is completed. */
  async upload(url: string, content: Buffer, context: ExecutionContext): Promise<void> {
    const request = {
      method: 'POST',
      url,
      data: content,
      headers: { 'content-type': 'application/octet-stream' },
    };
    await this.#send({ request, isRepeatable: true }, context);
  }

  urlOf(method: string): string {
    return `${this.config.SLACK_BASE_URL}/${method}`;
  }

  #request({ method, encoding, args }: SlackCall): AxiosRequestConfig {
    const contentType =
      encoding === 'json' ? 'application/json; charset=utf-8' : 'application/x-www-form-urlencoded';
    return {
      method: 'POST',
      url: this.urlOf(method),
      data:
        encoding === 'json'
          ? JSON.stringify(args)
          : new URLSearchParams(args as Record<string, string>).toString(),
      headers: { 'content-type': contentType, authorization: `Bearer ${this.config.SLACK_BOT_TOKEN}` },
    };
  }

  async #send(attempt: Attempt, context: ExecutionContext): Promise<AxiosResponse<unknown>> {
    for (let left = ATTEMPTS - 1; ; left--) {
      try {
        return await this.#sendOnce(attempt, context);
      } catch (error) {
        const waitSeconds = left > 0 ? waitBeforeRepeating(error, ATTEMPTS - left) : undefined;
        if (waitSeconds === undefined || !(await hasWaited(waitSeconds, context.signal))) throw error;
      }
    }
  }

  async #sendOnce(
    { request, isRepeatable }: Attempt,
    context: ExecutionContext,
  ): Promise<AxiosResponse<unknown>> {
    const unsure = isRepeatable ? 'none' : 'unknown';
    await holdPermit(context);
    const departure = new Departure(context.permit);
    const timeout = AbortSignal.timeout(this.config.SLACK_TIMEOUT_MS);
    const call = (): TracedCall => ({
      name: `slack ${nameOf(request.url)}`,
      method: 'POST',
      url: request.url ?? '',
      isToldTrace: true,
    });
    const send = (traced: TraceHeaders): Promise<AxiosResponse<unknown>> =>
      this.http.axiosRef.request<unknown>({
        ...request,
        headers: {
          ...request.headers,
          'user-agent': USER_AGENT,
          'x-request-id': context.requestId,
          ...traced,
        },
        transport: departure.transport,
        maxRedirects: 0,
        maxContentLength: LARGEST_ANSWER,
        validateStatus: () => true,
        signal: context.signal ? AbortSignal.any([context.signal, timeout]) : timeout,
      });
    const response = await traceCall(call, send).catch((error: unknown) => {
      const isTimeout = timeout.aborted && context.signal?.aborted !== true;
      throw slackUnreachable(error, departure.hasLeft ? unsure : 'none', isTimeout);
    });
    if (response.status === 429) throw slackRateLimited(retryAfter(response.headers['retry-after']) ?? 1);
    if (response.status < 200 || response.status >= 300) {
      throw slackFailed(response.status, response.status < 500 ? 'none' : unsure);
    }
    return response;
  }
}

/** `chat.postMessage`; the address of an upload is Slack's secret. */
function nameOf(url = ''): string {
  const last = url.split('/').at(-1) ?? '';
  return /^[a-z]+\.[A-Za-z.]+$/.test(last) ? last : 'upload';
}

/** How long to wait before the next attempt; undefined where repeating is not safe, not useful or not worth the wait. */
function waitBeforeRepeating(error: unknown, failures: number): number | undefined {
  if (!(error instanceof IntegrationError) || error.outcome !== 'none') return undefined;
  if (error.code === 'rate_limited') {
    const seconds = error.retryAfterSeconds ?? 1;
    return seconds <= LONGEST_WAIT_SECONDS ? seconds : undefined;
  }
  const isWorthIt = error.upstreamStatus === undefined || error.upstreamStatus >= 500;
  return isWorthIt ? 0.25 * 2 ** failures * (0.75 + Math.random() / 2) : undefined;
}

/** False when the caller gave up meanwhile. */
async function hasWaited(seconds: number, signal: AbortSignal | undefined): Promise<boolean> {
  return delay(seconds * 1000, true, signal ? { signal } : {}).catch(() => false);
}

function retryAfter(header: unknown): number | undefined {
  return typeof header === 'string' && /^\d{1,6}$/.test(header) ? Number(header) : undefined;
}
