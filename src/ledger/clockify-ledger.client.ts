import { Injectable } from '@nestjs/common';
import type { AccountContext } from '../integrations/clockify/account/clockify-account.js';
import { ClockifyReader } from '../integrations/clockify/clockify-reader.js';
import {
  type IndexedOperation,
  operationIndex,
} from '../integrations/clockify/operations/operation-index.js';
import { toVendorDate } from '../integrations/clockify/http/vendor-date.js';
import { textAt } from '../sources/payload-fields.js';
import type { JsonObject } from '../sources/webhook-source.js';

export interface LedgerWebhook {
  workspaceId: string;
  id: string;
  event: string;
  url: string;
}

/** One attempt at a delivery that came back with a failure, or not at all. */
export interface FailedAttempt {
  deliveryId: string;
  body: string;
  at: Date;
}

const PAGE_SIZE = 200;

/** Answered by the real service, though its document does not have it. */
const STATUSES: IndexedOperation = {
  id: 'getWebhookStatuses',
  method: 'GET',
  path: '/v1/workspaces/{workspaceId}/webhooks/{webhookId}/statuses',
  host: 'core',
  tags: ['webhooks'],
  parameters: [
    { name: 'workspaceId', in: 'path', required: true, schema: { type: 'string' } },
    { name: 'webhookId', in: 'path', required: true, schema: { type: 'string' } },
    { name: 'page', in: 'query', schema: { type: 'integer' } },
    { name: 'size', in: 'query', schema: { type: 'integer' } },
    { name: 'statuses', in: 'query', schema: { type: 'string' } },
  ],
  result: { status: 200, kind: 'list' },
  paging: { in: 'query', page: 'page', size: 'size', first: 0 },
};

/** Clockify's own record of what it delivered in the last seven days, asked for within the request budget. */
@Injectable()
export class ClockifyLedgerClient {
  constructor(private readonly reader: ClockifyReader) {}

  async webhooks(workspaceId: string, context: AccountContext): Promise<LedgerWebhook[]> {
    const answer = await this.reader.one(operationIndex().get('getWebhooks'), { workspaceId }, context);
    return objectsOf((answer as JsonObject | null)?.['webhooks']).flatMap((webhook) => {
      const [id, event, url] = ['id', 'webhookEvent', 'url'].map((field) => textAt(webhook, field));
      return id && event && url ? [{ workspaceId, id, event, url }] : [];
    });
  }

  /** Ids of the deliveries that Clockify has given up on; those that it still repeats may arrive yet. */
  async failedDeliveries({ workspaceId, id }: LedgerWebhook, context: AccountContext): Promise<string[]> {
    const params = { workspaceId, webhookId: id, statuses: 'FAILED', size: PAGE_SIZE };
    const rows = objectsOf(await this.reader.all(STATUSES, params, context));
    return rows.flatMap((row) => textAt(row, 'id') ?? []);
  }

  async failedAttempts(
    { workspaceId, id }: LedgerWebhook,
    since: Date,
    context: AccountContext,
  ): Promise<FailedAttempt[]> {
    const body = { status: 'FAILED', from: toVendorDate(since.toISOString()), sortByNewest: false };
    const params = { workspaceId, webhookId: id, size: PAGE_SIZE, body };
    const rows = objectsOf(await this.reader.all(operationIndex().get('getLogsForWebhook'), params, context));
    return rows.flatMap((row) => {
      const deliveryId = textAt(row, 'webhookEventStatusId');
      const text = textAt(row, 'requestBody');
      const at = new Date(textAt(row, 'respondedAt') ?? NaN);
      return deliveryId && text && !Number.isNaN(at.getTime()) ? [{ deliveryId, body: text, at }] : [];
    });
  }
}

function objectsOf(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'object' && item !== null) : [];
}
