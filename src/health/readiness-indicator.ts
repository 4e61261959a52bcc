import type { HealthIndicatorResult } from '@nestjs/terminus';

/** One thing that the service cannot work without. Promises to answer within a few seconds, whatever is broken. */
export interface ReadinessIndicator {
  check(): HealthIndicatorResult | Promise<HealthIndicatorResult>;
}

export const READINESS_INDICATORS = Symbol('READINESS_INDICATORS');
