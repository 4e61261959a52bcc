import { setTimeout as delay } from 'node:timers/promises';
import { HttpService } from '@nestjs/axios';
import { Inject, Injectable } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { Clock } from '../../clock/clock.js';
import { USER_AGENT } from '../../config/version.js';
import { CircuitBreaker } from '../../integrations/circuit-breaker.js';
import { retryAfterSeconds } from '../../integrations/clockify/http/retry-after.js';
import { traceCall, type TracedCall } from '../../observability/tracer.js';
import { type ParsingConfig, parsingConfig } from '../parsing.config.js';
import type { Tool } from './model-tool.js';

export interface ChatMessage {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

export interface ChatRequest {
  messages: readonly ChatMessage[];
  tools: readonly Tool[];
}

export interface ModelCall {
  requestId: string;
  /** Aborts at the deadline, which counts as `performance.now()` does. */
  signal: AbortSignal;
  deadlineMs: number;
}

/** The model gave no answer; the message says why in words for the caller. */
export class ModelUnavailableError extends Error {}

type Attempt =
  | { kind: 'answer'; completion: unknown }
  | { kind: 'refusal'; reason: string }
  | { kind: 'failure'; reason: string; isRetryable: boolean; retryAfterMs?: number | undefined };

const WAITS_MS = [500, 1_000, 2_000];
const MOST_ATTEMPTS = 3;
const LARGEST_ANSWER_BYTES = 1024 * 1024;
/** What a server says of one request: the next caller's text may be read. */
const REFUSED_TEXT = new Set([400, 413, 422]);
const BREAKER = { failures: 3, quietMs: 0, openMs: 30_000 };

/**
 * Asks an OpenAI-compatible server for one forced tool call. Promises to answer or give up before the signal aborts,
 * to try again only what may pass, and to ask nothing for a while after several calls in a row that the server failed;
 * a text that it refuses is the text's failure, not the server's.
 */
@Injectable()
export class ModelClient {
  readonly #breaker: CircuitBreaker;

  constructor(
    private readonly http: HttpService,
    @Inject(parsingConfig.token) private readonly config: ParsingConfig,
    private readonly clock: Clock,
    @InjectPinoLogger('parsing') private readonly log: PinoLogger,
  ) {
    this.#breaker = new CircuitBreaker(clock, BREAKER);
  }

  async complete(request: ChatRequest, call: ModelCall): Promise<unknown> {
    if (this.#breaker.waitMs() > 0)
      throw new ModelUnavailableError('the model failed repeatedly and is left alone for a while');
    const body = JSON.stringify(this.#body(request));
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#attempt(body, call);
      if (outcome.kind !== 'failure') this.#breaker.succeeded();
      if (outcome.kind === 'answer') return outcome.completion;
      const waitMs = waitBefore(attempt + 1, outcome, call.deadlineMs);
      const { reason } = outcome;
      this.log.warn({ attempt, reason, is_last: waitMs === undefined }, 'The model did not answer');
      if (waitMs === undefined) {
        if (outcome.kind === 'failure') this.#breaker.failed();
        throw new ModelUnavailableError(reason);
      }
      await delay(waitMs);
    }
  }

  #body({ messages, tools }: ChatRequest): object {
    return {
      model: this.config.LLM_MODEL,
      messages,
      tools,
      tool_choice: 'required',
      temperature: 0,
      stream: false,
      ...(isDeepSeek(this.config) ? { thinking: { type: 'disabled' } } : {}),
    };
  }

  async #attempt(body: string, { signal, requestId }: ModelCall): Promise<Attempt> {
    try {
      const url = `${this.config.LLM_BASE_URL}/chat/completions`;
      const call = (): TracedCall => ({ name: 'model chat', method: 'POST', url, isToldTrace: true });
      const { status, headers, data } = await traceCall(call, (traced) =>
        this.http.axiosRef.request<string>({
          method: 'POST',
          url,
          headers: {
            'Content-Type': 'application/json',
            Authorization: `Bearer ${this.config.DEEPSEEK_API_KEY}`,
            'User-Agent': USER_AGENT,
            'X-Request-ID': requestId,
            ...traced,
          },
          data: body,
          signal,
          responseType: 'text',
          transformRequest: (text: string) => text,
          transformResponse: (text: string) => text,
          validateStatus: () => true,
          maxRedirects: 0,
          maxContentLength: LARGEST_ANSWER_BYTES,
        }),
      );
      return this.#readResponse(status, data, headers['retry-after'] as unknown);
    } catch (error) {
      if (signal.aborted) return { kind: 'failure', reason: 'the model took too long', isRetryable: false };
      this.log.debug({ err: error }, 'The model could not be reached');
      return { kind: 'failure', reason: 'the model could not be reached', isRetryable: true };
    }
  }

  #readResponse(status: number, text: string, retryAfter: unknown): Attempt {
    if (REFUSED_TEXT.has(status))
      return { kind: 'refusal', reason: `the model refused the text with status ${status}` };
    if (status < 200 || status > 299) {
      const seconds = retryAfterSeconds(
        typeof retryAfter === 'string' ? retryAfter : undefined,
        this.clock.nowMs(),
      );
      return {
        kind: 'failure',
        reason: status === 429 ? 'the model is asked too often' : `the model answered with status ${status}`,
        isRetryable: status === 429 || status === 408 || status >= 500,
        retryAfterMs: seconds === undefined ? undefined : seconds * 1000,
      };
    }
    try {
      return { kind: 'answer', completion: JSON.parse(text) as unknown };
    } catch {
      return { kind: 'failure', reason: 'the model did not answer in JSON', isRetryable: true };
    }
  }
}

/** How long to wait before that attempt; undefined where there is none. */
function waitBefore(attempt: number, failed: Attempt, deadlineMs: number): number | undefined {
  if (failed.kind !== 'failure' || !failed.isRetryable || attempt > MOST_ATTEMPTS) return undefined;
  const waitMs = failed.retryAfterMs ?? backoffMs(attempt - 1);
  return performance.now() + waitMs < deadlineMs ? waitMs : undefined;
}

/** DeepSeek thinks before it answers unless told not to; other servers may refuse the field. */
function isDeepSeek({ LLM_BASE_URL, LLM_MODEL }: ParsingConfig): boolean {
  const host = URL.parse(LLM_BASE_URL)?.hostname ?? '';
  return host === 'deepseek.com' || host.endsWith('.deepseek.com') || /^deepseek-v\d/.test(LLM_MODEL);
}

/** Half fixed, half random, so that callers who failed together do not come back together. */
function backoffMs(attempt: number): number {
  const fullMs = WAITS_MS[attempt - 1] ?? 0;
  return fullMs / 2 + (Math.random() * fullMs) / 2;
}
