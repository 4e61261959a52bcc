import { Inject, Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { DATABASE_ENGINE, type DatabaseEngine } from '../storage/database-engine.js';
import type { ReadinessIndicator } from './readiness-indicator.js';

const TIMEOUT_MS = 2_000;

@Injectable()
export class DatabaseHealth implements ReadinessIndicator {
  constructor(
    private readonly indicators: HealthIndicatorService,
    @Inject(DATABASE_ENGINE) private readonly engine: DatabaseEngine,
  ) {}

  async check(): Promise<HealthIndicatorResult> {
    return this.indicators
      .check('database')
      .attempt(async () => {
        await this.engine.pool.query('select 1');
        await this.engine.writes.check(this.engine.pool);
      })
      .withTimeout(TIMEOUT_MS);
  }
}
