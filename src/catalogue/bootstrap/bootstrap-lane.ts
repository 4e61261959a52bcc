import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import { RequestBudget } from '../../integrations/budget/request-budget.js';
import type { ClockifyAccount } from '../../integrations/clockify/account/clockify-account.js';
import { PerAccount } from '../../integrations/clockify/account/per-account.js';
import { ClockifyBudget } from '../../integrations/clockify/http/clockify-budget.js';
import { type CatalogueConfig, catalogueConfig } from '../catalogue.config.js';

const SECOND_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;

/**
 * The slow lane of what fills catalogues. Promises that all replicas together send no more than
 * CATALOGUE_REQUESTS_PER_SECOND for one account; the account's own budget, where others go first, is asked besides.
 */
@Injectable()
export class BootstrapLane {
  readonly #lanes: PerAccount<RequestBudget>;

  constructor(
    budget: ClockifyBudget,
    @Inject(catalogueConfig.token) { CATALOGUE_REQUESTS_PER_SECOND: limit }: CatalogueConfig,
    clock: Clock,
  ) {
    this.#lanes = new PerAccount(({ fingerprint }) => {
      const name = `catalogue:${fingerprint}:second`;
      return new RequestBudget(
        budget,
        { name, limit, windowMs: SECOND_MS, maxWaitMs: LONGEST_WAIT_MS },
        clock,
      );
    });
  }

  /** Within the lane nobody goes first. */
  take(account: ClockifyAccount, signal: AbortSignal): Promise<void> {
    return this.#lanes.of(account).take({ priority: 'interactive', signal });
  }
}
