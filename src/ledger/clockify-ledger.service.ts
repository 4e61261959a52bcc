import { Inject, Injectable } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { Clock } from '../clock/clock.js';
import { newId } from '../clock/new-id.js';
import { EventInbox } from '../events/inbox/event-inbox.js';
import { EventLookup } from '../events/inbox/event-lookup.js';
import { type HttpConfig, httpConfig } from '../http/http.config.js';
import type { AccountContext } from '../integrations/clockify/account/clockify-account.js';
import { ClockifyAccounts } from '../integrations/clockify/account/clockify-accounts.js';
import { ClockifySource } from '../sources/clockify/clockify.source.js';
import { readWebhookBody } from '../sources/webhook-body.js';
import { ClockifyLedgerClient, type FailedAttempt, type LedgerWebhook } from './clockify-ledger.client.js';

const OUR_PATH = /\/webhooks\/clockify\/?$/;
const KEPT_MS = 7 * 86_400_000;
const JSON_HEADERS = { 'content-type': 'application/json' };

/** Fetches deliveries that Clockify gave up on. Promises that each is stored once, under the ledger's id of it. */
@Injectable()
export class ClockifyLedgerService {
  readonly #limits;

  constructor(
    @Inject(httpConfig.token) config: HttpConfig,
    private readonly client: ClockifyLedgerClient,
    private readonly accounts: ClockifyAccounts,
    private readonly lookup: EventLookup,
    private readonly inbox: EventInbox,
    private readonly source: ClockifySource,
    private readonly clock: Clock,
    @InjectPinoLogger('webhooks') private readonly log: PinoLogger,
  ) {
    this.#limits = { maxDepth: config.MAX_JSON_DEPTH, maxKeys: config.MAX_JSON_KEYS };
  }

  /** Returns how many events were stored that had never arrived. */
  async heal(workspaceId: string, signal: AbortSignal): Promise<number> {
    const context: AccountContext = {
      account: this.accounts.default,
      requestId: newId(),
      priority: 'background',
      signal,
    };
    const webhooks = await this.client.webhooks(workspaceId, context);
    let stored = 0;
    for (const webhook of webhooks) {
      if (OUR_PATH.test(URL.parse(webhook.url)?.pathname ?? ''))
        stored += await this.#healWebhook(webhook, context);
    }
    return stored;
  }

  async #healWebhook(webhook: LedgerWebhook, context: AccountContext): Promise<number> {
    const failed = await this.client.failedDeliveries(webhook, context);
    const asked = { source: this.source.name, workspaceId: webhook.workspaceId, ids: failed.map(ledgerId) };
    const missing = new Set(await this.lookup.unknownIds(asked));
    if (missing.size === 0) return 0;
    const since = new Date(this.clock.nowMs() - KEPT_MS);
    const attempts = await this.client.failedAttempts(webhook, since, context);
    const byDelivery = Map.groupBy(
      attempts.filter(({ deliveryId }) => missing.has(ledgerId(deliveryId))),
      ({ deliveryId }) => deliveryId,
    );
    let stored = 0;
    // In the order of their first attempts, as they happened.
    for (const [, tries] of [...byDelivery].toSorted(([, a], [, b]) => firstOf(a) - firstOf(b))) {
      if (await this.#store(webhook, tries, context)) stored++;
    }
    return stored;
  }

  async #store(
    webhook: LedgerWebhook,
    tries: readonly FailedAttempt[],
    context: AccountContext,
  ): Promise<boolean> {
    const [attempt] = tries;
    if (!attempt) return false;
    const rawBody = Buffer.from(attempt.body);
    const headers = { ...JSON_HEADERS, 'clockify-webhook-event-type': webhook.event };
    const read = this.#read(rawBody, webhook);
    if (!read) return false;
    const { payload, changes } = read;
    const facts = this.source.read({ headers, rawBody }, payload, {});
    for (const { at } of tries) {
      if (await this.lookup.hasArrived({ source: this.source.name, type: facts.type, payload, at }))
        return false;
    }
    const receipt = await this.inbox.receive(
      {
        ...facts,
        source: this.source.name,
        workspaceId: facts.workspaceId ?? webhook.workspaceId,
        payload,
        changes,
        headers: { ...headers, 'x-clankerbot-origin': 'clockify delivery ledger' },
        repeatKey: { kind: 'id', id: ledgerId(attempt.deliveryId) },
        requestId: context.requestId,
      },
      rawBody.length,
    );
    return !receipt.isDuplicate;
  }

  #read(rawBody: Buffer, webhook: LedgerWebhook) {
    try {
      return readWebhookBody(rawBody, JSON_HEADERS, this.#limits);
    } catch (err) {
      this.log.warn({ err, webhook: webhook.id }, 'A delivery in the ledger cannot be read');
      return undefined;
    }
  }
}

const firstOf = (tries: readonly FailedAttempt[]): number => Math.min(...tries.map(({ at }) => at.getTime()));

const ledgerId = (deliveryId: string): string => `ledger:${deliveryId}`;
