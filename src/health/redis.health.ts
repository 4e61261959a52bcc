import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { RedisConnection } from '../throttling/redis-connection.js';
import type { ReadinessIndicator } from './readiness-indicator.js';

/** Only a configured Redis counts; without one there is nothing to report. */
@Injectable()
export class RedisHealth implements ReadinessIndicator {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly redis: RedisConnection,
  ) {}

  check(): HealthIndicatorResult {
    if (!this.redis.isConfigured) return {};
    const check = this.indicators.check('redis');
    return this.redis.isUsable ? check.up() : check.down();
  }
}
