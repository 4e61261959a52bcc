import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { type ActionsConfig, actionsConfig } from './actions.config.js';

const HOUR_MS = 3_600_000;

/** Until when the answer to a run that ends now is kept for its key. */
@Injectable()
export class KeyLifetime {
  constructor(
    private readonly clock: Clock,
    @Inject(actionsConfig.token) private readonly config: ActionsConfig,
  ) {}

  end(): Date {
    return new Date(this.clock.nowMs() + this.config.IDEMPOTENCY_KEY_HOURS * HOUR_MS);
  }
}
