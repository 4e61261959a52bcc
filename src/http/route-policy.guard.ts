import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { AppError } from '../errors/app-error.js';
import type { AppRequest } from '../observability/request-context.js';
import { DatabaseStartup } from '../storage/database-startup.js';
import { RoutePolicies } from './route-policy.js';
import { loosenForPage } from './security-headers.js';

/**
 * The first of the guards: notes what the route needs, for whoever comes behind it. Until the database is open and migrated
 * it lets nobody pass but to the routes that are open while starting; the others answer 503 with Retry-After.
 */
@Injectable()
export class RoutePolicyGuard implements CanActivate {
  constructor(
    private readonly policies: RoutePolicies,
    private readonly startup: DatabaseStartup,
  ) {}

  canActivate(execution: ExecutionContext): true {
    const policy = this.policies.of(execution);
    execution.getArgByIndex<AppRequest>(0).context.policy = policy;
    if (policy.isPage) loosenForPage(execution.getArgByIndex<Response>(1));
    if (this.startup.isReady || policy.isOpenWhileStarting) return true;
    throw new AppError('unavailable', 'The service is still starting', { retryAfterSeconds: 1 });
  }
}
