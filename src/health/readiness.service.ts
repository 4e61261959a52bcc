import { Inject, Injectable, ServiceUnavailableException } from '@nestjs/common';
import { type HealthCheckResult, HealthCheckService } from '@nestjs/terminus';
import { ServiceState } from '../observability/service-state.js';
import type { ReadinessDto } from './health.dto.js';
import { OptionalParts } from './optional-parts.js';
import { Warnings } from './warnings.js';
import { READINESS_INDICATORS, type ReadinessIndicator } from './readiness-indicator.js';

/** Ready means: can do its work now. What it can do without is shown and never makes it unready. */
@Injectable()
export class ReadinessService {
  constructor(
    private readonly terminus: HealthCheckService,
    @Inject(READINESS_INDICATORS) private readonly indicators: readonly ReadinessIndicator[],
    private readonly optional: OptionalParts,
    private readonly warnings: Warnings,
    private readonly state: ServiceState,
  ) {}

  async report(): Promise<ReadinessDto> {
    const { status, details } = await this.#check();
    const isDraining = this.state.isDraining;
    return {
      ready: status !== 'error' && !isDraining,
      checks: {
        ...Object.fromEntries(Object.entries(details).map(([name, check]) => [name, check.status])),
        ...this.optional.report(),
        ...(isDraining ? { service: 'draining' } : {}),
      },
      warnings: this.warnings.list(),
    };
  }

  /** Terminus throws a report that is not good; to us it is a report like any other. */
  async #check(): Promise<HealthCheckResult> {
    try {
      return await this.terminus.check(this.indicators.map((indicator) => async () => indicator.check()));
    } catch (error) {
      if (error instanceof ServiceUnavailableException) return error.getResponse() as HealthCheckResult;
      throw error;
    }
  }
}
