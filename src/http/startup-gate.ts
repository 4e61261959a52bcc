import { Injectable, type NestMiddleware } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { AppError } from '../errors/app-error.js';
import { DatabaseStartup } from '../storage/database-startup.js';

const OPEN_WHILE_STARTING = /^\/(healthz|readyz|metrics|docs|openapi\.json)(\/|$)/;

/** Until the database is open and migrated, everything but the probes answers 503 with Retry-After. */
@Injectable()
export class StartupGate implements NestMiddleware {
  constructor(private readonly startup: DatabaseStartup) {}

  use(request: Request, _response: Response, next: NextFunction): void {
    if (this.startup.isReady || OPEN_WHILE_STARTING.test(request.path)) return next();
    return next(new AppError('unavailable', 'The service is still starting', { retryAfterSeconds: 1 }));
  }
}
