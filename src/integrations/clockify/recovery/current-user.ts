import { Injectable } from '@nestjs/common';
import { Clock } from '../../../clock/clock.js';
import { IntegrationError } from '../../integration-error.js';
import type { AccountContext } from '../account/clockify-account.js';
import { PerAccount } from '../account/per-account.js';
import { ClockifyReader } from '../clockify-reader.js';
import { operationIndex } from '../operations/operation-index.js';

const KEPT_MS = 10 * 60_000;

interface User {
  id: string;
  /** Of the account's settings; undefined where it has none. */
  timeZone: string | undefined;
}

interface Remembered {
  user?: User;
  untilMs: number;
}

/** Whose credential an account has; asked once and remembered for ten minutes. */
@Injectable()
export class CurrentUser {
  readonly #remembered = new PerAccount((): Remembered => ({ untilMs: 0 }));

  constructor(
    private readonly reader: ClockifyReader,
    private readonly clock: Clock,
  ) {}

  async id(context: AccountContext): Promise<string> {
    return (await this.#find(context)).id;
  }

  async timeZone(context: AccountContext): Promise<string | undefined> {
    return (await this.#find(context)).timeZone;
  }

  async #find(context: AccountContext): Promise<User> {
    const remembered = this.#remembered.of(context.account);
    if (remembered.user !== undefined && this.clock.nowMs() < remembered.untilMs) return remembered.user;
    const user = await this.reader.one(operationIndex().get('getLoggedUser'), {}, context);
    const { id, settings } = (user ?? {}) as { id?: unknown; settings?: { timeZone?: unknown } | null };
    if (typeof id !== 'string') {
      throw new IntegrationError('upstream_error', 'Clockify did not say who the credential belongs to');
    }
    const timeZone = settings?.timeZone;
    remembered.user = { id, timeZone: typeof timeZone === 'string' ? timeZone : undefined };
    remembered.untilMs = this.clock.nowMs() + KEPT_MS;
    return remembered.user;
  }
}
