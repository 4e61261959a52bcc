import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { AppError } from '../errors/app-error.js';
import { DatabaseStartup } from '../storage/database-startup.js';

const OPEN_WHILE_STARTING = /^\/(healthz|readyz|metrics|docs|openapi\.json|openapi\.yaml)(\/|$)/;

/** Until the database is open and migrated, everything but the probes answers 503 with Retry-After. */
@Injectable()
export class StartupGate {
  constructor(private readonly startup: DatabaseStartup) {}

  refusal(request: Request): AppError | undefined {
    if (this.startup.isReady || OPEN_WHILE_STARTING.test(request.path)) return undefined;
    return new AppError('unavailable', 'The service is still starting', { retryAfterSeconds: 1 });
  }
}
