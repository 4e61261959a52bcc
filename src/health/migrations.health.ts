import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { DatabaseStartup } from '../storage/database-startup.js';
import type { ReadinessIndicator } from './readiness-indicator.js';

@Injectable()
export class MigrationsHealth implements ReadinessIndicator {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly startup: DatabaseStartup,
  ) {}

  check(): HealthIndicatorResult {
    const check = this.indicators.check('migrations');
    return this.startup.isReady ? check.up() : check.down();
  }
}
