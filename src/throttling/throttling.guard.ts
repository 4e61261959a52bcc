import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Response } from 'express';
import type { AppRequest } from '../observability/request-context.js';
import { clientNetwork } from '../observability/client-network.js';
import { Throttle } from './throttle.js';
import type { PolicyName } from './throttling-policies.js';

/**
 * One token per request, from the bucket of its key or else of its address, and its route. Stands between the guard
 * that finds the caller and the one that refuses, so that refusals are counted too. The throttler's own guard looks up
 * metadata and hashes its key on every request; what we need is in the request's context already.
 */
@Injectable()
export class ThrottlingGuard implements CanActivate {
  constructor(private readonly throttle: Throttle) {}

  canActivate(context: ExecutionContext): Promise<boolean> {
    const [request, response] = context.getArgs<[AppRequest, Response]>();
    const { policy, authFailure } = request.context;
    if (authFailure !== undefined && authFailure !== 'unchecked') return this.countFailure(request, response);
    const rate = policy?.rate ?? 'requests';
    if (rate === 'none') return ADMITTED;
    return this.#take(rate, `${clientOf(request)}:${routeOf(request)}`, response);
  }

  /** Counts a request whose credentials are refused in the strict bucket of its address, whatever its route. */
  countFailure(request: AppRequest, response: Response): Promise<true> {
    return this.#take('failures', clientNetwork(request.context.clientAddress), response);
  }

  async #take(policy: PolicyName, who: string, response: Response): Promise<true> {
    const { limit, remaining, resetSeconds, refusal } = await this.throttle.ask(policy, who);
    response.setHeader('RateLimit-Limit', limit);
    response.setHeader('RateLimit-Remaining', remaining);
    response.setHeader('RateLimit-Reset', resetSeconds);
    if (refusal) throw refusal;
    return true;
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
