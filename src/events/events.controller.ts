import {
  Body,
  Controller,
  Get,
  Header,
  Headers,
  HttpCode,
  Param,
  Post,
  Query,
  Req,
  Res,
} from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { HoldsScope, Requires, type ScopePolicy } from '../access/access.decorators.js';
import { type Reach, reachOf } from '../access/reach.js';
import { BOUNDS } from '../access/scope.js';
import { KEY_HEADER, keyOf, told } from '../idempotency/idempotency-key.js';
import type { AppRequest } from '../observability/request-context.js';
import { EventReplays } from './event-replays.js';
import { EventStream } from './event-stream.js';
import {
  EventDetails,
  EventFilter,
  EventPage,
  EventQuery,
  Replayed,
  ReplayedMany,
  ReplayRequest,
} from './events.dto.js';
import { EventsService } from './events.service.js';

/** Whatever flow wants the event handles it again, so that no bound on what is done can be held. */
const REPLAY: ScopePolicy = {
  held: ['workspaces', 'sources'],
  closed: ['integrations', 'operations', 'flows'],
};

@ApiTags('events')
@Controller('events')
export class EventsController {
  constructor(
    private readonly events: EventsService,
    private readonly replays: EventReplays,
    private readonly stream: EventStream,
  ) {}

  @Get()
  @Requires('viewer')
  @HoldsScope({ held: [...BOUNDS, 'payloads'] })
  @ApiOperation({ operationId: 'listEvents', summary: 'List events, newest first' })
  @ApiOkResponse({ type: EventPage })
  list(@Query() query: EventQuery, @Req() request: AppRequest): Promise<EventPage> {
    return this.events.list(query, reachOf(request));
  }

  @Get('stream')
  @Requires('viewer')
  @HoldsScope({ held: [...BOUNDS, 'payloads'] })
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    operationId: 'followEvents',
    summary: 'Follow events as they arrive (server-sent events)',
    description:
      'Each is told about two seconds after it was stored, in order. Last-Event-ID continues where a connection broke. The stream ends when its key is revoked or expires.',
  })
  @ApiHeader({ name: 'Last-Event-ID', required: false })
  @ApiProduces('text/event-stream')
  follow(
    @Query() filter: EventFilter,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Req() request: AppRequest,
    @Res() response: Response,
  ): void {
    const keyId = request.context.caller?.keyId ?? '';
    this.stream.open(response, { filter, reach: reachOf(request), keyId, lastEventId });
  }

  @Post('replay')
  @HttpCode(200)
  @Requires('operator')
  @HoldsScope(REPLAY)
  @ApiOperation({
    operationId: 'replayEvents',
    summary: 'Have all events of a filter handled again, or only count them',
  })
  @ApiBody({ type: ReplayRequest, required: false })
  @ApiHeader(KEY_HEADER)
  @ApiOkResponse({ type: ReplayedMany })
  async replayMany(
    @Body() body: ReplayRequest,
    @Headers('idempotency-key') key: string | undefined,
    @Req() request: AppRequest,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ReplayedMany> {
    return told(await this.replays.replayMany(body, askedBy(request, key)), response);
  }

  @Get(':id')
  @Requires('viewer')
  @HoldsScope({ held: [...BOUNDS, 'payloads'] })
  @ApiOperation({
    operationId: 'getEvent',
    summary: 'One event with its payload, its tries and its handlers',
  })
  @ApiOkResponse({ type: EventDetails })
  get(@Param('id') id: string, @Req() request: AppRequest): Promise<EventDetails> {
    return this.events.get(id, reachOf(request));
  }

  @Post(':id/replay')
  @HttpCode(200)
  @Requires('operator')
  @HoldsScope(REPLAY)
  @ApiOperation({
    operationId: 'replayEvent',
    summary: 'Have an event handled again, as a new event that says what it replays',
  })
  @ApiHeader(KEY_HEADER)
  @ApiOkResponse({ type: Replayed })
  async replay(
    @Param('id') id: string,
    @Headers('idempotency-key') key: string | undefined,
    @Req() request: AppRequest,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Replayed> {
    return told(await this.replays.replay(id, askedBy(request, key)), response);
  }
}

function askedBy(
  request: AppRequest,
  key: string | undefined,
): { requestId: string; key: string | undefined; reach: Reach } {
  return { requestId: request.context.requestId, key: keyOf(request, key), reach: reachOf(request) };
}
