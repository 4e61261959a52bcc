import { Body, Controller, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { HoldsScope, Requires } from '../access/access.decorators.js';
import { reachOf } from '../access/reach.js';
import { BOUNDS } from '../access/scope.js';
import type { AppRequest } from '../observability/request-context.js';
import { DeadLetterPage, DeadLetterQuery, RedriveRequest, Redriven } from './dead-letters.dto.js';
import { DeadLettersService } from './dead-letters.service.js';

@ApiTags('events')
@Controller('dead-letters')
export class DeadLettersController {
  constructor(private readonly letters: DeadLettersService) {}

  @Get()
  @Requires('viewer')
  @HoldsScope({ held: [...BOUNDS, 'payloads'] })
  @ApiOperation({
    operationId: 'listDeadLetters',
    summary: 'Events or jobs that failed for the last time, with the reason',
  })
  @ApiOkResponse({ type: DeadLetterPage })
  list(@Query() query: DeadLetterQuery, @Req() request: AppRequest): Promise<DeadLetterPage> {
    return this.letters.list(query, reachOf(request));
  }

  @Post('redrive')
  @HttpCode(200)
  @Requires('operator')
  @HoldsScope({ held: ['workspaces', 'sources'], closed: ['integrations', 'operations', 'flows'] })
  @ApiOperation({
    operationId: 'redriveDeadLetters',
    summary: 'Have dead letters of a kind tried again, all or those named',
  })
  @ApiOkResponse({ type: Redriven })
  redrive(@Body() body: RedriveRequest, @Req() request: AppRequest): Promise<Redriven> {
    return this.letters.redrive(body, reachOf(request));
  }

  @Post(':id/redrive')
  @HttpCode(200)
  @Requires('operator')
  @HoldsScope({ held: ['workspaces', 'sources'], closed: ['integrations', 'operations', 'flows'] })
  @ApiOperation({ operationId: 'redriveDeadLetter', summary: 'Have one dead letter tried again' })
  @ApiOkResponse({ type: Redriven })
  redriveOne(@Param('id') id: string, @Req() request: AppRequest): Promise<Redriven> {
    return this.letters.redriveOne(id, reachOf(request));
  }
}
