import { Controller, HttpCode, Post, Req, UseGuards } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { GuardedByWebhook } from '../access/access.decorators.js';
import { TextAnswer } from '../http/answer.js';
import { ErrorAnswers } from '../http/openapi-errors.js';
import { RouteNeeds } from '../http/route-policy.js';
import { WebhookGuard, webhookRequestOf } from './webhook.guard.js';
import type { WebhookRequestContext } from '../sources/webhook-source.js';
import { Received } from './webhooks.dto.js';
import { DeliveryReception } from '../sources/reception/delivery-reception.js';
import { UnknownSourceError } from '../sources/sources.errors.js';

@ApiTags('webhooks')
@Controller('webhooks')
export class WebhooksController {
  constructor(private readonly reception: DeliveryReception) {}

  @Post(':provider')
  @HttpCode(200)
  @GuardedByWebhook()
  @RouteNeeds({ body: 'raw', rate: 'webhooks' })
  @UseGuards(WebhookGuard)
  @ApiOperation({
    operationId: 'receiveDelivery',
    summary: 'Receive a delivery',
    description:
      'A 200 means that the event is committed and will be handled. A conflict: another body came under this delivery id (github). Every refusal has its own status, so that the sender tries again.',
  })
  @ApiParam({ name: 'provider', description: 'clockify, slack, github, or a source in WEBHOOK_SOURCES' })
  @ApiHeader({
    name: 'X-Webhook-Secret',
    required: false,
    description: 'Clockify: one of WEBHOOK_SHARED_SECRET',
  })
  @ApiHeader({
    name: 'X-Clockify-Event-Id',
    required: false,
    description: 'Recognises repeats for as long as the event is kept',
  })
  @ApiBody({
    schema: {
      type: 'object',
      description: 'For clockify also a list, where the header Clockify-Webhook-Event-Type names its type',
      additionalProperties: true,
      example: { id: 'entry123', userId: 'user123', workspaceId: 'ws123', description: 'Planning' },
    },
  })
  @ApiOkResponse({ type: Received })
  @ErrorAnswers('conflict')
  async receive(@Req() request: WebhookRequestContext): Promise<Received | TextAnswer> {
    if (!request.webhook) throw new UnknownSourceError();
    const { requestId } = request.context;
    const { socket } = request;
    const result = await this.reception.receive({
      request: webhookRequestOf(request),
      requestId,
      isForsaken: () => socket.destroyed || socket.writableEnded,
      ...request.webhook,
    });
    return 'challenge' in result ? new TextAnswer('text/plain; charset=utf-8', result.challenge) : result;
  }
}
