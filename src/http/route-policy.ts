import { applyDecorators, type ExecutionContext, Injectable, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiExtension } from '@nestjs/swagger';
import type { RoutePolicy } from '../observability/request-context.js';

const ROUTE_NEEDS = 'http:route-needs';

/** A route that declares nothing: JSON, counted like any other, closed until the database is there. */
const ORDINARY: RoutePolicy = {
  rate: 'requests',
  body: 'parsed',
  takesYaml: false,
  isOpenWhileStarting: false,
  isPage: false,
};

/**
 * What a route, or each of a controller's, needs of the service around it. It stands at the route, so that it holds however
 * the route's address is written: the router alone decides which route a request means.
 */
export const RouteNeeds = (needs: Partial<RoutePolicy>) =>
  applyDecorators(
    SetMetadata(ROUTE_NEEDS, needs),
    ...(needs.rate === undefined ? [] : [ApiExtension('x-rate', needs.rate)]),
  );

/** The policy of each route, put together once. */
@Injectable()
export class RoutePolicies {
  readonly #byClass = new WeakMap<object, Map<object, RoutePolicy>>();

  constructor(private readonly reflector: Reflector) {}

  of(context: ExecutionContext): RoutePolicy {
    const owner = context.getClass();
    const handler = context.getHandler();
    const known = this.#byClass.get(owner)?.get(handler);
    if (known !== undefined) return known;
    const [ofClass, ofHandler] = [owner, handler].map((target) =>
      this.reflector.get<Partial<RoutePolicy> | undefined>(ROUTE_NEEDS, target),
    );
    const policy = { ...ORDINARY, ...ofClass, ...ofHandler };
    const policies = this.#byClass.get(owner) ?? new Map<object, RoutePolicy>();
    this.#byClass.set(owner, policies.set(handler, policy));
    return policy;
  }
}
