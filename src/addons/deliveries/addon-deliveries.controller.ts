import { Controller, HttpCode, Post, Req, UseGuards } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { GuardedByWebhook } from '../../access/access.decorators.js';
import { FlatAnswer } from '../../http/answer.js';
import { RouteNeeds } from '../../http/route-policy.js';
import { UnknownAddonError } from '../addons.errors.js';
import { AddonDeliveries } from './addon-deliveries.js';
import { AddonDeliveryGuard, type AddonDeliveryRequest } from './addon-delivery.guard.js';

/** Where Clockify delivers the events of installations. Its protocol, and nobody else can call these, so the API does not show them. */
@ApiExcludeController()
@GuardedByWebhook()
@RouteNeeds({ body: 'raw', rate: 'webhooks' })
@UseGuards(AddonDeliveryGuard)
@Controller('addons/:addon/webhooks/clockify')
export class AddonDeliveriesController {
  constructor(private readonly deliveries: AddonDeliveries) {}

  /** For webhooks that were made in another way than by the manifest. */
  @Post()
  @HttpCode(200)
  any(@Req() request: AddonDeliveryRequest): Promise<FlatAnswer> {
    return this.#receive(request);
  }

  @Post(':event')
  @HttpCode(200)
  ofEvent(@Req() request: AddonDeliveryRequest): Promise<FlatAnswer> {
    return this.#receive(request);
  }

  #receive({
    delivery,
    context,
    headers,
    rawBody = Buffer.alloc(0),
    socket,
  }: AddonDeliveryRequest): Promise<FlatAnswer> {
    if (!delivery) throw new UnknownAddonError();
    return this.deliveries.receive({
      ...delivery,
      request: { headers, rawBody },
      requestId: context.requestId,
      isForsaken: () => socket.destroyed || socket.writableEnded,
    });
  }
}
