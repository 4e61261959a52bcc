import { HttpService } from '@nestjs/axios';
import { Inject, Injectable } from '@nestjs/common';
import type { AxiosResponse } from 'axios';
import { traceCall, type TraceHeaders } from '../../../observability/tracer.js';
import { Departure } from '../../departure.js';
import type { ExecutionContext } from '../../integration.js';
import type { Outcome } from '../../integration-error.js';
import { type GithubConfig, githubConfig } from '../github.config.js';
import { githubUnreachable } from '../github.errors.js';
import type { GithubAnswer } from './github-answer.js';
import type { GithubRequest } from './github-request.js';

const LARGEST_ANSWER = 32 * 1024 * 1024;

export interface Dispatch {
  /** For the trace: `github create_issue`. */
  name: string;
  request: GithubRequest;
  /** The value of the header, which nobody else is shown. */
  authorization: string;
  /** The outcome where GitHub can have seen it and no answer came. */
  unsure: Outcome;
  context: ExecutionContext;
}

/**
 * One request to GitHub, once. Promises that no byte of it leaves unless its permit is held, and to say of a request that
 * failed whether GitHub can have seen it. No redirect is followed: an answer does not decide where a token goes.
 */
@Injectable()
export class GithubTransport {
  constructor(
    private readonly http: HttpService,
    @Inject(githubConfig.token) private readonly config: GithubConfig,
  ) {}

  async send({ name, request, authorization, unsure, context }: Dispatch): Promise<GithubAnswer> {
    const departure = new Departure(context.permit);
    const timeout = AbortSignal.timeout(this.config.GITHUB_TIMEOUT_MS);
    const { method, url, body } = request;
    const send = (traced: TraceHeaders): Promise<AxiosResponse<string>> =>
      this.http.axiosRef.request<string>({
        method,
        url,
        headers: { ...request.headers, authorization, 'x-request-id': context.requestId, ...traced },
        ...(body === undefined ? {} : { data: JSON.stringify(body) }),
        responseType: 'text',
        transformResponse: (text: string) => text,
        transport: departure.transport,
        maxRedirects: 0,
        maxContentLength: LARGEST_ANSWER,
        validateStatus: () => true,
        signal: context.signal ? AbortSignal.any([context.signal, timeout]) : timeout,
      });
    const answer = await traceCall(() => ({ name, method, url, isToldTrace: true }), send).catch(
      (error: unknown) => {
        const isTimeout = timeout.aborted && context.signal?.aborted !== true;
        throw githubUnreachable(error, departure.hasLeft ? unsure : 'none', isTimeout);
      },
    );
    return {
      status: answer.status,
      headers: answer.headers as GithubAnswer['headers'],
      text: answer.data ?? '',
    };
  }
}
