import type { ClockifyAccount } from './clockify-account.js';

/** One thing for each account, made at first need and gone with the account. */
export class PerAccount<T> {
  readonly #kept = new WeakMap<ClockifyAccount, T>();

  constructor(private readonly make: (account: ClockifyAccount) => T) {}

  of(account: ClockifyAccount): T {
    const kept = this.#kept.get(account);
    if (kept !== undefined) return kept;
    const made = this.make(account);
    this.#kept.set(account, made);
    return made;
  }
}
