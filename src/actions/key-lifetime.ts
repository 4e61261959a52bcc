import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { type IdempotencyConfig, idempotencyConfig } from '../idempotency/idempotency.config.js';

const HOUR_MS = 3_600_000;

/** Until when the answer to a run that ends now is kept for its key. */
@Injectable()
export class KeyLifetime {
  constructor(
    private readonly clock: Clock,
    @Inject(idempotencyConfig.token) private readonly config: IdempotencyConfig,
  ) {}

  end(): Date {
    return new Date(this.clock.nowMs() + this.config.IDEMPOTENCY_KEY_HOURS * HOUR_MS);
  }
}
