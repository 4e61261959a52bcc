import { Injectable } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import type { ExecutionContext } from '../integration.js';
import { IntegrationError } from '../integration-error.js';
import { ClockifyReader } from './clockify-reader.js';
import { operationIndex } from './operation-index.js';

const KEPT_MS = 10 * 60_000;

/** Whose credential this is; asked once and remembered for ten minutes. */
@Injectable()
export class CurrentUser {
  #id: string | undefined;
  #untilMs = 0;

  constructor(
    private readonly reader: ClockifyReader,
    private readonly clock: Clock,
  ) {}

  async id(context: ExecutionContext): Promise<string> {
    if (this.#id !== undefined && this.clock.nowMs() < this.#untilMs) return this.#id;
    const user = await this.reader.one(operationIndex().get('getLoggedUser'), {}, context);
    const { id } = (user ?? {}) as { id?: unknown };
    if (typeof id !== 'string') {
      throw new IntegrationError('upstream_error', 'Clockify did not say who the credential belongs to');
    }
    this.#id = id;
    this.#untilMs = this.clock.nowMs() + KEPT_MS;
    return id;
  }
}
