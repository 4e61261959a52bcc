import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { Statements } from '../storage/statements.js';
import type { ReadinessIndicator } from './readiness-indicator.js';

const TIMEOUT_MS = 2_000;

@Injectable()
export class DatabaseHealth implements ReadinessIndicator {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly statements: Statements,
  ) {}

  async check(): Promise<HealthIndicatorResult> {
    return this.indicators
      .check('database')
      .attempt(async () => {
        await this.statements.query('select 1');
        await this.statements.checkWrites();
      })
      .withTimeout(TIMEOUT_MS);
  }
}
