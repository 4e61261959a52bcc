import type { Clock } from '../../clock/clock.js';
import { grant, type GrantRequest, type Grants } from './request-grants.js';

export interface Lease {
  granted: number;
  waitMs: number;
}

/** Where the use of a budget is counted, by the budget's name. */
export interface BudgetStore {
  lease(name: string, request: GrantRequest): Promise<Lease>;
}

/** Counts in this process only; what is left of sharing while the database is away. */
export class MemoryBudgetStore implements BudgetStore {
  readonly #grants = new Map<string, Grants>();

  constructor(private readonly clock: Clock) {}

  async lease(name: string, request: GrantRequest): Promise<Lease> {
    const { grants, ...lease } = grant(this.#grants.get(name) ?? [], this.clock.nowMs(), request);
    this.#grants.set(name, grants);
    return lease;
  }
}
