import { Body, Controller, Get, Headers, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { HoldsScope, Requires } from '../access/access.decorators.js';
import { reachOf } from '../access/reach.js';
import { BOUNDS } from '../access/scope.js';
import { ErrorAnswers } from '../http/openapi-errors.js';
import { KEY_HEADER, keyOf, told } from '../idempotency/idempotency-key.js';
import type { AppRequest } from '../observability/request-context.js';
import { FlowRunDetails, FlowRunPage, FlowRunView } from './flow-answers.dto.js';
import { FlowReplays } from './flow-replays.js';
import { FlowRunsService } from './flow-runs.service.js';
import { callerOf } from './flows.controller.js';
import { ListAllRunsDto, ReplayRunDto } from './flows.dto.js';

@ApiTags('flow runs')
@HoldsScope({ held: [...BOUNDS, 'payloads'] })
@Controller('flow-runs')
export class FlowRunsController {
  constructor(
    private readonly runs: FlowRunsService,
    private readonly replays: FlowReplays,
  ) {}

  @Get()
  @Requires('viewer')
  @ApiOperation({ operationId: 'listFlowRuns', summary: 'List the runs of all flows, newest first' })
  @ApiOkResponse({ type: FlowRunPage })
  list(@Query() page: ListAllRunsDto, @Req() request: AppRequest): Promise<object> {
    const { limit, cursor, status, flowId, eventId } = page;
    return this.runs.list({ limit, cursor, status, flowId, eventId, reach: reachOf(request) });
  }

  @Get(':id')
  @Requires('viewer')
  @ApiOperation({
    operationId: 'getFlowRun',
    summary: 'Look at a run: each step with its input, output, duration and attempts',
  })
  @ApiOkResponse({ type: FlowRunDetails })
  get(@Param('id') id: string, @Req() request: AppRequest): Promise<object> {
    return this.runs.get(id, reachOf(request));
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @Requires('operator')
  @ErrorAnswers('conflict')
  @ApiOperation({
    operationId: 'cancelFlowRun',
    summary: 'End a run before its next step, with the runs that it called',
  })
  @ApiOkResponse({ type: FlowRunView })
  cancel(@Param('id') id: string, @Req() request: AppRequest): Promise<object> {
    return this.runs.cancel(id, reachOf(request));
  }

  @Post(':id/retry')
  @HttpCode(202)
  @Requires('operator')
  @ErrorAnswers('conflict')
  @ApiOperation({
    operationId: 'retryFlowRun',
    summary: 'Take a failed run up again at the step that failed',
  })
  @ApiAcceptedResponse({ type: FlowRunView })
  retry(@Param('id') id: string, @Req() request: AppRequest): Promise<object> {
    return this.runs.retry(id, reachOf(request));
  }

  @Post(':id/replay')
  @HttpCode(202)
  @Requires('operator')
  @ApiOperation({ operationId: 'replayFlowRun', summary: 'Start a new run with the input of this one' })
  @ApiHeader(KEY_HEADER)
  @ApiAcceptedResponse({ type: FlowRunView })
  async replay(
    @Param('id') id: string,
    @Body() body: ReplayRunDto,
    @Headers('idempotency-key') key: string | undefined,
    @Req() request: AppRequest,
    @Res({ passthrough: true }) response: Response,
  ): Promise<object> {
    const replayed = await this.replays.replay(id, {
      version: body.version ?? 'current',
      key: keyOf(request, key),
      by: callerOf(request),
      reach: reachOf(request),
      requestId: request.context.requestId,
    });
    return told(replayed, response);
  }
}
