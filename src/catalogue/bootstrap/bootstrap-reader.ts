import { Injectable } from '@nestjs/common';
import type { AccountContext } from '../../integrations/clockify/account/clockify-account.js';
import { ClockifyAccounts } from '../../integrations/clockify/account/clockify-accounts.js';
import { ClockifyReader } from '../../integrations/clockify/clockify-reader.js';
import { paramsOfPage } from '../../integrations/clockify/http/paging.js';
import { operationIndex } from '../../integrations/clockify/operations/operation-index.js';
import { IntegrationError } from '../../integrations/integration-error.js';
import { DEFAULT_ACCOUNT } from '../entities/catalogue.tables.js';
import { BootstrapLane } from './bootstrap-lane.js';
import { type ReadPage, readPage } from './bootstrap-page.js';
import { paramsFor, type Surroundings } from './bootstrap-plan.js';
import type { OperationRow } from './bootstrap-runs.repository.js';

export interface PageRequest {
  row: OperationRow;
  account: string;
  around: Surroundings;
  requestId: string;
  signal: AbortSignal;
}

/** Asks Clockify for the next page of a list, in the lane of catalogues. */
@Injectable()
export class BootstrapReader {
  constructor(
    private readonly accounts: ClockifyAccounts,
    private readonly lane: BootstrapLane,
    private readonly reader: ClockifyReader,
  ) {}

  async read({
    row,
    account,
    around,
    requestId,
    signal,
  }: PageRequest): Promise<ReadPage & { number: number }> {
    const operation = operationIndex().get(row.operation);
    const context = await this.#contextOf(account, { requestId, signal });
    await this.lane.take(context.account, signal);
    const number = row.cursor ?? operation.paging?.first ?? 0;
    const page = await this.reader.page(
      operation,
      paramsOfPage(operation, paramsFor(operation, around), number),
      context,
    );
    return { ...readPage(operation, page, { lastPage: row.last_page, gathered: row.entities }), number };
  }

  async #contextOf(
    account: string,
    call: { requestId: string; signal: AbortSignal },
  ): Promise<AccountContext & { signal: AbortSignal }> {
    const named = account === DEFAULT_ACCOUNT ? {} : { account };
    const context = await this.accounts.contextOf({ ...call, ...named, priority: 'background' as const });
    if (context.account.isConfigured) return context;
    throw new IntegrationError('unauthorized', 'There are no credentials for this Clockify account');
  }
}
