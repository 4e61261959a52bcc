import { Inject, Injectable } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { Clock } from '../../../clock/clock.js';
import { type BudgetStore, type Lease, MemoryBudgetStore } from '../../budget/budget-store.js';
import { type BudgetLimit, RequestBudget, type PermitRequest } from '../../budget/request-budget.js';
import { RequestBudgetRepository } from '../../budget/request-budget.repository.js';
import type { GrantRequest } from '../../budget/request-grants.js';
import type { ClockifyAccount } from '../account/clockify-account.js';
import { PerAccount } from '../account/per-account.js';
import { type ClockifyConfig, clockifyConfig } from '../clockify.config.js';

const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;
/** A call does not wait longer than this for the database; afterwards the database is left alone for a while. */
const LEASE_TIMEOUT_MS = 1_000;
const LOCAL_MS = 5_000;

/** The limits of each account's credential. Every request to Clockify takes a permit first. */
@Injectable()
export class ClockifyBudget implements BudgetStore {
  readonly #budgets: PerAccount<readonly RequestBudget[]>;
  readonly #local: MemoryBudgetStore;
  #localUntilMs = 0;

  constructor(
    private readonly shared: RequestBudgetRepository,
    @Inject(clockifyConfig.token) config: ClockifyConfig,
    private readonly clock: Clock,
    @InjectPinoLogger('integrations') private readonly log: PinoLogger,
  ) {
    this.#local = new MemoryBudgetStore(clock);
    const maxWaitMs = config.CLOCKIFY_TIMEOUT_MS;
    this.#budgets = new PerAccount((account) =>
      limitsOf(account).map((limit) => new RequestBudget(this, { ...limit, maxWaitMs }, clock)),
    );
  }

  async take(account: ClockifyAccount, request: PermitRequest): Promise<void> {
    for (const budget of this.#budgets.of(account)) await budget.take(request);
  }

  /** Counts together with the other replicas, or alone while the database is away: calls still keep a limit then. */
  async lease(name: string, request: GrantRequest): Promise<Lease> {
    if (this.clock.nowMs() < this.#localUntilMs) return this.#local.lease(name, request);
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new Error('The lease took too long')), LEASE_TIMEOUT_MS);
    try {
      return await Promise.race([this.shared.lease(name, request), late]);
    } catch (error) {
      this.#localUntilMs = this.clock.nowMs() + LOCAL_MS;
      this.log.warn({ err: error }, 'The request budget is counted in this process only, for a moment');
      return this.#local.lease(name, request);
    } finally {
      clearTimeout(timer);
    }
  }
}

function limitsOf({ fingerprint, settings }: ClockifyAccount): Omit<BudgetLimit, 'maxWaitMs'>[] {
  const limits = [
    { name: `clockify:${fingerprint}:hour`, limit: settings.requestsPerHour, windowMs: HOUR_MS },
    { name: `clockify:${fingerprint}:second`, limit: settings.requestsPerSecond, windowMs: SECOND_MS },
  ];
  return limits.filter(({ limit }) => limit > 0);
}
