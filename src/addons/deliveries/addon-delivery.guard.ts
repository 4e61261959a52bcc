import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { headerOf } from '../../sources/payload-fields.js';
import { WebhookRefusedError } from '../../sources/sources.errors.js';
import type { AppRequest } from '../../observability/request-context.js';
import type { Addon } from '../addon.js';
import { WEBHOOKS_PATH } from '../addon-manifests.js';
import { Addons } from '../addons.js';
import { LifecycleDoor } from '../lifecycle/lifecycle.guard.js';
import { AddonDeliveryProof, type SignedDelivery } from './addon-delivery-proof.js';

export interface AddonDeliveryRequest extends AppRequest {
  delivery?: { addon: Addon; path: string; signed: SignedDelivery };
}

const TYPE_HEADER = 'clockify-webhook-event-type';

/**
 * Lets a delivery in that Clockify signed for the add-on and, where the path is that of one event, for that event. Its body
 * is read after that. Each that is refused counts as a failed authentication.
 */
@Injectable()
export class AddonDeliveryGuard implements CanActivate {
  constructor(
    private readonly addons: Addons,
    private readonly proof: AddonDeliveryProof,
    private readonly door: LifecycleDoor,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.getArgByIndex<AddonDeliveryRequest>(0);
    const response = context.getArgByIndex<Response>(1);
    const { headers, params } = request;
    const addon = this.addons.get(String(params['addon']));
    const path = pathOf(params['event']);
    try {
      const token = headerOf(headers, 'clockify-signature');
      const signed = await this.proof.judge(addon, { path, token });
      requireEvent(path, headerOf(headers, TYPE_HEADER));
      request.delivery = { addon, path, signed };
    } catch (error) {
      if (error instanceof WebhookRefusedError) {
        request.context.authFailure = 'wrong';
        await this.door.failures.count(request, response);
      }
      throw error;
    }
    await this.door.body.readRaw(request, response);
    return true;
  }
}

function pathOf(event: unknown): string {
  return typeof event === 'string' ? `${WEBHOOKS_PATH}/${event.toLowerCase()}` : WEBHOOKS_PATH;
}

/** No header is signed, and the path is what its token is for. */
function requireEvent(path: string, type: string | undefined): void {
  if (path === WEBHOOKS_PATH) return;
  if (`${WEBHOOKS_PATH}/${type?.toLowerCase().replaceAll('_', '-')}` !== path)
    throw WebhookRefusedError.wrong('Clockify-Webhook-Event-Type');
}
