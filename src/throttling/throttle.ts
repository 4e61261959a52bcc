import { Injectable } from '@nestjs/common';
import {
  InjectThrottlerOptions,
  InjectThrottlerStorage,
  type ThrottlerModuleOptions,
  type ThrottlerStorage,
} from '@nestjs/throttler';
import type { Counter } from 'prom-client';
import { Metrics } from '../observability/metrics.js';
import { RateLimitedError } from './throttling.errors.js';
import { type PolicyName, type ThrottlingPolicy, policiesOf } from './throttling-policies.js';

/** How a bucket stands after a token was asked of it. */
export interface Standing {
  limit: number;
  remaining: number;
  /** Until the bucket is full again. */
  resetSeconds: number;
  /** Undefined where the token was had. */
  refusal: RateLimitedError | undefined;
}

/** The limits, whatever door somebody comes by: HTTP asks through its guard, other doors ask here. */
@Injectable()
export class Throttle {
  readonly #policies: Readonly<Record<PolicyName, ThrottlingPolicy>>;
  readonly #refusals: Counter<'bucket'>;

  constructor(
    @InjectThrottlerOptions() options: ThrottlerModuleOptions,
    @InjectThrottlerStorage() private readonly storage: ThrottlerStorage,
    metrics: Metrics,
  ) {
    this.#policies = policiesOf(options);
    this.#refusals = metrics.counter('throttling_refusals_total', 'Requests answered 429, by their bucket.', [
      'bucket',
    ]);
  }

  /** Asks for one token. `who` is a caller and what is asked of the service, or an address. */
  async ask(policy: PolicyName, who: string): Promise<Standing> {
    const { name, limit, ttl } = this.#policies[policy];
    const record = await this.storage.increment(`${name}:${who}`, ttl, limit, 0, name);
    if (record.isBlocked) this.#refusals.inc({ bucket: name });
    return {
      limit,
      remaining: Math.max(0, limit - record.totalHits),
      resetSeconds: record.timeToExpire,
      refusal: record.isBlocked ? new RateLimitedError(record.timeToBlockExpire) : undefined,
    };
  }
}
