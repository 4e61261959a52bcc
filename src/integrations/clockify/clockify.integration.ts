import { Injectable } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import type {
  ExecutionContext,
  Integration,
  Operation,
  Params,
  ReadBack,
  ReadBackContext,
  RequestPreview,
} from '../integration.js';
import { IntegrationError } from '../integration-error.js';
import { type ClockifyOperation, clockifyOperations } from './operations/clockify-operation.js';
import { ClockifyAccounts } from './account/clockify-accounts.js';
import { ClockifyReader } from './clockify-reader.js';
import { ClockifyWriter } from './clockify-writer.js';
import { notConfigured } from './http/clockify.errors.js';
import { CurrentUser } from './recovery/current-user.js';
import { withoutNulls } from './http/left-out-nulls.js';
import { operationIndex } from './operations/operation-index.js';
import { arrangeParams } from './operations/operation-params.js';
import { RequestBuilder } from './http/request-builder.js';
import { toVendorDate } from './http/vendor-date.js';

/** Clockify: every operation of its API by its own id, and under names in words. */
@Injectable()
export class ClockifyIntegration implements Integration {
  readonly name = 'clockify';
  readonly summary = 'Time tracking: entries, timers, projects, clients, reports and all else of Clockify';
  readonly isConfigured: boolean;
  readonly configuredBy = ['CLOCKIFY_API_KEY', 'CLOCKIFY_ADDON_TOKEN'];
  readonly #operations = clockifyOperations();
  readonly #byName = new Map(this.#operations.map((operation) => [operation.name, operation]));

  constructor(
    private readonly reader: ClockifyReader,
    private readonly writer: ClockifyWriter,
    private readonly user: CurrentUser,
    private readonly builder: RequestBuilder,
    private readonly clock: Clock,
    private readonly accounts: ClockifyAccounts,
  ) {
    this.isConfigured = accounts.default.isConfigured;
  }

  operations(): readonly ClockifyOperation[] {
    return this.#operations;
  }

  find(operation: string): ClockifyOperation | undefined {
    return this.#byName.get(operation);
  }

  arrange(operation: Operation, params: Params): Params {
    const known = this.#known(operation);
    return withoutNulls(arrangeParams(known.target, operationIndex(), params), known.params);
  }

  preview(operation: Operation, params: Params): RequestPreview {
    const known = this.#known(operation);
    const { url, contentType, body } = this.builder.build(
      known.target,
      this.#filled(known, params),
      this.accounts.default,
    );
    return {
      method: known.target.method,
      url,
      headers: contentType === undefined ? {} : { 'content-type': contentType },
      ...(body === undefined ? {} : { body }),
    };
  }

  async execute(operation: Operation, params: Params, given: ExecutionContext): Promise<unknown> {
    const context = await this.accounts.contextOf(given);
    if (!context.account.isConfigured) throw notConfigured();
    const known = this.#known(operation);
    const { all, ...filled } = this.#filled(known, params);
    if (known.fillIns.includes('me')) filled['userId'] ??= await this.user.id(context);
    if (known.isWrite) return this.writer.write(known.target, filled, context);
    if (all === true) return this.reader.all(known.target, filled, context);
    const content = await this.reader.one(known.target, filled, context);
    return known.isFirstOfList && Array.isArray(content) ? ((content as unknown[])[0] ?? null) : content;
  }

  async accountZone(given: ExecutionContext): Promise<string | undefined> {
    const context = await this.accounts.contextOf(given);
    return context.account.isConfigured ? this.user.timeZone(context) : undefined;
  }

  async readBack(operation: Operation, params: Params, given: ReadBackContext): Promise<ReadBack> {
    const known = this.#known(operation);
    const context = await this.accounts.contextOf(given);
    // A time that was filled in then is not the one that would be filled in now.
    const canBeTold = known.isWrite && known.fillIns.every((field) => field === 'me');
    if (!context.account.isConfigured || !canBeTold) return undefined;
    const { all: _all, ...filled } = this.#filled(known, params);
    if (known.fillIns.includes('me')) filled['userId'] ??= await this.user.id(context);
    return this.writer.readBack(known.target, filled, context);
  }

  #filled({ fillIns, fixed }: ClockifyOperation, params: Params): Record<string, unknown> {
    const filled: Record<string, unknown> = { ...params, ...fixed };
    const now = toVendorDate(this.clock.now().toISOString());
    for (const field of fillIns) {
      if (field !== 'me') filled['body'] = { [field]: now, ...(filled['body'] as object | undefined) };
    }
    return filled;
  }

  #known(operation: Operation): ClockifyOperation {
    const known = this.#byName.get(operation.name);
    if (!known) throw new IntegrationError('not_found', `clockify has no operation ${operation.name}`);
    return known;
  }
}
