import { Injectable } from '@nestjs/common';
import { AppError } from '../../errors/app-error.js';
import { FlatAnswer } from '../../http/answer.js';
import { DeliveryReception, type ReceivedDelivery } from '../../sources/reception/delivery-reception.js';
import type { WebhookRequest } from '../../sources/webhook-source.js';
import type { Addon } from '../addon.js';
import { AddonMetrics } from '../addon-metrics.js';
import { AddonSources } from './addon.source.js';
import type { Reason, SignedDelivery } from './addon-delivery-proof.js';
import { HeldDeliveries } from './held-deliveries.js';

export interface AddonDelivery {
  addon: Addon;
  path: string;
  signed: SignedDelivery;
  request: WebhookRequest;
  requestId: string;
  isForsaken: () => boolean;
}

const SENTENCES: Readonly<Record<Reason, string>> = {
  no_installation:
    'This workspace has not installed the add-on; if it does within an hour, the delivery counts',
  inactive: 'The add-on is switched off in this workspace; the delivery is dropped',
};

/**
 * From a signed delivery to an event of its add-on. Promises that one whose workspace is unknown or has the add-on switched
 * off is answered as received, with the reason: sending it again would change nothing.
 */
@Injectable()
export class AddonDeliveries {
  constructor(
    private readonly reception: DeliveryReception,
    private readonly sources: AddonSources,
    private readonly held: HeldDeliveries,
    private readonly metrics: AddonMetrics,
  ) {}

  async receive(delivery: AddonDelivery): Promise<FlatAnswer> {
    const { addon, signed, request } = delivery;
    if (signed.reason !== undefined) return this.#putAside(delivery, signed.reason);
    const { requestId, isForsaken } = delivery;
    try {
      const { proof } = signed;
      const source = this.sources.get(addon.slug);
      const received = await this.reception.receive({ request, source, proof, requestId, isForsaken });
      this.metrics.received(addon.slug);
      return receivedAnswer(addon, received as ReceivedDelivery);
    } catch (error) {
      if (error instanceof AppError && error.status < 429) this.metrics.failed(addon.slug, 'invalid_json');
      throw error;
    }
  }

  async #putAside(delivery: AddonDelivery, reason: Reason): Promise<FlatAnswer> {
    const { addon, signed } = delivery;
    this.metrics.failed(addon.slug, reason);
    if (reason === 'no_installation') await this.held.hold(addon, delivery);
    const message = SENTENCES[reason];
    return addon.slug === 'api-studio'
      ? new FlatAnswer({ status: 'error', message, reason })
      : new FlatAnswer({ status: 'ignored', message, reason, workspaceId: signed.workspaceId });
  }
}

/** In the shape of the add-on's predecessor. */
function receivedAnswer({ slug }: Addon, { eventId, duplicate, event }: ReceivedDelivery): FlatAnswer {
  const repeat = duplicate ? { duplicate } : {};
  return slug === 'api-studio'
    ? new FlatAnswer({ status: 'received', webhook_id: eventId, ...repeat })
    : new FlatAnswer({
        status: 'received',
        webhookId: eventId,
        eventType: event.eventType,
        workspaceId: event.workspaceId,
        ...repeat,
      });
}
