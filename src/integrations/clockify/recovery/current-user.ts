import { Injectable } from '@nestjs/common';
import { Clock } from '../../../clock/clock.js';
import type { ExecutionContext } from '../../integration.js';
import { IntegrationError } from '../../integration-error.js';
import { ClockifyReader } from '../clockify-reader.js';
import { operationIndex } from '../operations/operation-index.js';

const KEPT_MS = 10 * 60_000;

interface User {
  id: string;
  /** Of the account's settings; undefined where it has none. */
  timeZone: string | undefined;
}

/** Whose credential this is; asked once and remembered for ten minutes. */
@Injectable()
export class CurrentUser {
  #user: User | undefined;
  #untilMs = 0;

  constructor(
    private readonly reader: ClockifyReader,
    private readonly clock: Clock,
  ) {}

  async id(context: ExecutionContext): Promise<string> {
    return (await this.#find(context)).id;
  }

  async timeZone(context: ExecutionContext): Promise<string | undefined> {
    return (await this.#find(context)).timeZone;
  }

  async #find(context: ExecutionContext): Promise<User> {
    if (this.#user !== undefined && this.clock.nowMs() < this.#untilMs) return this.#user;
    const user = await this.reader.one(operationIndex().get('getLoggedUser'), {}, context);
    const { id, settings } = (user ?? {}) as { id?: unknown; settings?: { timeZone?: unknown } | null };
    if (typeof id !== 'string') {
      throw new IntegrationError('upstream_error', 'Clockify did not say who the credential belongs to');
    }
    const timeZone = settings?.timeZone;
    this.#user = { id, timeZone: typeof timeZone === 'string' ? timeZone : undefined };
    this.#untilMs = this.clock.nowMs() + KEPT_MS;
    return this.#user;
  }
}
