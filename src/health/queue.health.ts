import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { JobQueue } from '../queue/job-queue.js';
import type { ReadinessIndicator } from './readiness-indicator.js';

@Injectable()
export class QueueHealth implements ReadinessIndicator {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly queue: JobQueue,
  ) {}

  check(): HealthIndicatorResult {
    const check = this.indicators.check('queue');
    return this.queue.isUsable() ? check.up() : check.down();
  }
}
