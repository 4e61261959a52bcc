import { Inject, Injectable } from '@nestjs/common';
import type { Counter } from 'prom-client';
import { EventInbox } from '../../events/inbox/event-inbox.js';
import { type HttpConfig, httpConfig } from '../../http/http.config.js';
import { Metrics } from '../../observability/metrics.js';
import { notAnObject, readWebhookBody } from '../webhook-body.js';
import type { Handshake, Proof, WebhookRequest, WebhookSource } from '../webhook-source.js';
import { StoredHeaders } from '../stored-headers.js';
import { WebhookVolumes } from './webhook-volumes.js';

export interface AuthenticDelivery {
  request: WebhookRequest;
  source: WebhookSource;
  proof: Proof;
  requestId: string;
  /** Whether its sender has hung up. */
  isForsaken: () => boolean;
}

/** How a delivery was stored. */
export interface ReceivedDelivery {
  received: true;
  duplicate: boolean;
  eventId: string;
  event: {
    eventType: string;
    id: string | null;
    workspaceId: string | null;
    userId: string | null;
    inferred?: boolean;
  };
  changes?: string[];
}

/** From an authentic delivery to a stored event, whichever door it came by. */
@Injectable()
export class DeliveryReception {
  readonly #limits;
  readonly #deliveries: Counter<'source' | 'type'>;

  constructor(
    @Inject(httpConfig.token) config: HttpConfig,
    private readonly inbox: EventInbox,
    private readonly storedHeaders: StoredHeaders,
    private readonly volumes: WebhookVolumes,
    metrics: Metrics,
  ) {
    this.#deliveries = metrics.counter(
      'webhook_deliveries_total',
      "Deliveries stored, by source and by those types that its sender documents; any other is 'other'.",
      ['source', 'type'],
    );
    this.#limits = { maxDepth: config.MAX_JSON_DEPTH, maxKeys: config.MAX_JSON_KEYS };
  }

  async receive({
    request,
    source,
    proof,
    requestId,
    isForsaken,
  }: AuthenticDelivery): Promise<ReceivedDelivery | Handshake> {
    const { payload, changes } = readWebhookBody(request.rawBody, request.headers, this.#limits);
    if (Array.isArray(payload) && source.takesList?.(request) !== true) throw notAnObject();
    const handshake = source.handshake?.(payload);
    if (handshake) return handshake;
    const facts = source.read(request, payload, proof);
    source.admit?.(facts, proof);
    const asked = this.volumes.check(source.name);
    if (asked) await asked;
    const receipt = await this.inbox.receive(
      {
        ...facts,
        source: source.name,
        payload,
        changes,
        headers: this.storedHeaders.of(source, request.headers),
        requestId,
      },
      request.rawBody.length,
      isForsaken,
    );
    this.volumes.count(source.name, request.rawBody.length);
    const isKnown = source.knownTypes?.has(facts.type) ?? false;
    this.#deliveries.inc({ source: source.name, type: isKnown ? facts.type : 'other' });
    const { type, isTypeInferred, subjectId, workspaceId, userId } = facts;
    return {
      received: true,
      duplicate: receipt.isDuplicate,
      eventId: receipt.eventId,
      event: {
        eventType: type,
        id: subjectId,
        workspaceId,
        userId,
        ...(isTypeInferred ? { inferred: true } : {}),
      },
      ...(changes.length > 0 ? { changes } : {}),
    };
  }
}
