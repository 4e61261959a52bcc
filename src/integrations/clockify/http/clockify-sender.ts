import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../../clock/clock.js';
import type { IntegrationError } from '../../integration-error.js';
import { holdPermit } from '../../send-permit.js';
import type { AccountContext } from '../account/clockify-account.js';
import { ClockifyGate } from './clockify-gate.js';
import { type ClockifyConfig, clockifyConfig } from '../clockify.config.js';
import { responseError, transportError, unknownAfterResponse } from './clockify.errors.js';
import { ClockifyTransport, TransportFailure, type UpstreamResponse } from './clockify-transport.js';
import type { OutgoingRequest } from './request-builder.js';
import { retryAfterSeconds } from './retry-after.js';

export interface Sending {
  request: OutgoingRequest;
  /** Whether carrying it out twice would do something twice. */
  isWrite: boolean;
  context: AccountContext;
}

/** What came of one attempt: a response that is a success, or why not and whether it may be repeated. */
type Attempt =
  { response: UpstreamResponse } | { error: IntegrationError; mayRepeat: boolean; notBeforeMs: number };

const TOO_MANY = 429;

/**
 * Sends a request until it succeeds or repeating it makes no sense or is not safe. Promises never to repeat a write
 * that the upstream can have carried out, and to send one only while its permit is held: it is asked for again after each
 * pause, and asked about by the transport when the bytes are about to leave.
 */
@Injectable()
export class ClockifySender {
  constructor(
    private readonly transport: ClockifyTransport,
    private readonly gate: ClockifyGate,
    @Inject(clockifyConfig.token) private readonly config: ClockifyConfig,
    private readonly clock: Clock,
  ) {}

  /** After so long a request that shows no effect counts as one that has none. */
  get longestRequestMs(): number {
    return this.config.CLOCKIFY_TIMEOUT_MS;
  }

  async send(sending: Sending): Promise<UpstreamResponse> {
    for (let attempt = 1; ; attempt++) {
      const result = await this.#attempt(sending);
      if ('response' in result) return result.response;
      const isLast = attempt >= this.config.CLOCKIFY_ATTEMPTS;
      const waitMs = Math.max(this.backoffMs(attempt), result.notBeforeMs);
      if (isLast || !result.mayRepeat || waitMs > this.config.CLOCKIFY_TIMEOUT_MS) throw result.error;
      if (!(await this.pause(waitMs, sending.context))) throw result.error;
    }
  }

  /** 0.5, 1, 2 s by default, each with up to a quarter more or less. */
  backoffMs(attempt: number): number {
    return this.config.CLOCKIFY_RETRY_DELAY_MS * 2 ** (attempt - 1) * (0.75 + Math.random() / 2);
  }

  /** Whether the wait went to its end; not when the call was cancelled meanwhile. */
  async pause(waitMs: number, { signal }: Pick<AccountContext, 'signal'>): Promise<boolean> {
    try {
      await delay(waitMs, undefined, signal ? { signal } : {});
      return true;
    } catch {
      return false;
    }
  }

  async #attempt(sending: Sending): Promise<Attempt> {
    const { request, context, isWrite } = sending;
    const { permit, ...reading } = context;
    try {
      const response = await this.gate.through(request, context, async () => {
        if (!isWrite) return this.transport.exchange(request, reading);
        await holdPermit({ permit });
        return this.transport.exchange(request, context);
      });
      return this.#judgeResponse(response, sending);
    } catch (error) {
      if (error instanceof TransportFailure) return judgeFailure(error, sending);
      throw error;
    }
  }

  #judgeResponse(response: UpstreamResponse, { isWrite }: Sending): Attempt {
    const { status } = response;
    if (status >= 200 && status < 300) return { response };
    const nowMs = this.clock.nowMs();
    const notBeforeMs = (retryAfterSeconds(response.headers['retry-after'], nowMs) ?? 0) * 1000;
    if (status >= 500 && isWrite)
      return { error: unknownAfterResponse(response), mayRepeat: false, notBeforeMs };
    const mayRepeat = status === TOO_MANY || status >= 500;
    return { error: responseError(response, nowMs), mayRepeat, notBeforeMs };
  }
}

function judgeFailure(failure: TransportFailure, { isWrite }: Sending): Attempt {
  const isUnknown = isWrite && failure.wasSent;
  const error = transportError(failure, isUnknown ? 'unknown' : 'none');
  const isFinal = failure.kind === 'cancelled' || failure.kind === 'too_large';
  return { error, mayRepeat: !isUnknown && !isFinal, notBeforeMs: 0 };
}
