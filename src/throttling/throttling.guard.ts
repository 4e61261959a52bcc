import { type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import {
  InjectThrottlerOptions,
  InjectThrottlerStorage,
  ThrottlerGuard,
  type ThrottlerModuleOptions,
  type ThrottlerStorage,
} from '@nestjs/throttler';
import type { Response } from 'express';
import type { Counter } from 'prom-client';
import { Metrics } from '../observability/metrics.js';
import type { AppRequest } from '../observability/request-context.js';
import { clientNetwork } from '../observability/client-network.js';
import { RateLimitedError } from './throttling.errors.js';
import { type PolicyName, type ThrottlingPolicy, policiesOf } from './throttling-policies.js';

/**
 * One token per request, from the bucket of its key or else of its address, and its route. Stands between the guard
 * that finds the caller and the one that refuses, so that refusals are counted too. The base class looks up metadata
 * and hashes its key on every request; what we need is in the request's context already.
 */
@Injectable()
export class ThrottlingGuard extends ThrottlerGuard {
  readonly #policies: Readonly<Record<PolicyName, ThrottlingPolicy>>;
  readonly #refusals: Counter<'bucket'>;

  constructor(
    @InjectThrottlerOptions() options: ThrottlerModuleOptions,
    @InjectThrottlerStorage() storage: ThrottlerStorage,
    reflector: Reflector,
    metrics: Metrics,
  ) {
    super(options, storage, reflector);
    this.#policies = policiesOf(options);
    this.#refusals = metrics.counter('throttling_refusals_total', 'Requests answered 429, by their bucket.', [
      'bucket',
    ]);
  }

  override canActivate(context: ExecutionContext): Promise<boolean> {
    const [request, response] = context.getArgs<[AppRequest, Response]>();
    const { policy, authFailure } = request.context;
    if (authFailure !== undefined && authFailure !== 'unchecked') return this.countFailure(request, response);
    const rate = policy?.rate ?? 'requests';
    if (rate === 'none') return ADMITTED;
    return this.#take(this.#policies[rate], `${clientOf(request)}:${routeOf(request)}`, response);
  }

  /** Counts a request whose credentials are refused in the strict bucket of its address, whatever its route. */
  countFailure(request: AppRequest, response: Response): Promise<true> {
    return this.#take(this.#policies.failures, clientNetwork(request.context.clientAddress), response);
  }

  async #take({ name, limit, ttl }: ThrottlingPolicy, key: string, response: Response): Promise<true> {
    const record = await this.storageService.increment(`${name}:${key}`, ttl, limit, 0, name);
    response.setHeader('RateLimit-Limit', limit);
    response.setHeader('RateLimit-Remaining', Math.max(0, limit - record.totalHits));
    response.setHeader('RateLimit-Reset', record.timeToExpire);
    if (!record.isBlocked) return true;
    this.#refusals.inc({ bucket: name });
    throw new RateLimitedError(record.timeToBlockExpire);
  }
}

const ADMITTED = Promise.resolve(true);

function clientOf({ context }: AppRequest): string {
  const { caller, clientAddress } = context;
  return caller === undefined || caller.keyId === '' ? clientNetwork(clientAddress) : `key:${caller.keyId}`;
}

/** The route's template, so that ids in the path do not make new buckets. */
function routeOf(request: AppRequest): string {
  return (request.route as { path: string }).path;
}
