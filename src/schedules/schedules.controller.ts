import {
  Body,
  Controller,
  Delete,
  Get,
  Headers,
  HttpCode,
  Param,
  Patch,
  Post,
  Query,
  Req,
  Res,
} from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiCreatedResponse,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { Response } from 'express';
import { HoldsScope, Requires } from '../access/access.decorators.js';
import { type Reach, reachOf } from '../access/reach.js';
import { BOUNDS } from '../access/scope.js';
import { checkSecretsIn } from '../access/secrets-in.js';
import { BodyShapes } from '../http/openapi-bodies.js';
import { ErrorAnswers } from '../http/openapi-errors.js';
import { KEY_HEADER, keyOf, told } from '../idempotency/idempotency-key.js';
import type { AppRequest } from '../observability/request-context.js';
import { PageQuery } from '../paging/page.dto.js';
import {
  ScheduleDetails,
  ScheduledView,
  SchedulePage,
  ScheduleRunPage,
  ScheduleRunView,
  ScheduleView,
} from './schedule-answers.dto.js';
import { ListSchedulesDto, SCHEDULE_BODIES, SCHEDULE_CHANGES, ScheduleDto } from './schedules.dto.js';
import { SchedulesService } from './schedules.service.js';

@ApiTags('schedules')
@HoldsScope({ held: [...BOUNDS, 'payloads'] })
@Controller('schedules')
export class SchedulesController {
  constructor(private readonly schedules: SchedulesService) {}

  @Post()
  @Requires('operator')
  @ApiOperation({
    operationId: 'createSchedule',
    summary: 'Do something at set times: an action, a flow, or what a text says',
  })
  @ApiHeader(KEY_HEADER)
  @ApiCreatedResponse({ type: ScheduledView })
  @ErrorAnswers('not_found', 'conflict', 'confirmation_required')
  @BodyShapes(SCHEDULE_BODIES)
  async create(
    @Body() body: ScheduleDto,
    @Headers('idempotency-key') key: string | undefined,
    @Req() request: AppRequest,
    @Res({ passthrough: true }) response: Response,
  ): Promise<object> {
    checkSecretsIn(body, request.context);
    const asked = { ...askedBy(request), key: keyOf(request, key) };
    return told(await this.schedules.create(body, asked), response);
  }

  @Get()
  @Requires('viewer')
  @ApiOperation({
    operationId: 'listSchedules',
    summary: 'List the schedules, newest first, each with its next five runs',
  })
  @ApiOkResponse({ type: SchedulePage })
  list(@Query() page: ListSchedulesDto, @Req() request: AppRequest): Promise<object> {
    const { limit, cursor, paused } = page;
    return this.schedules.list({ limit, cursor, paused, reach: reachOf(request) });
  }

  @Get(':id')
  @Requires('viewer')
  @ApiOperation({ operationId: 'getSchedule', summary: 'Look at a schedule and its last runs' })
  @ApiOkResponse({ type: ScheduleDetails })
  get(@Param('id') id: string, @Req() request: AppRequest): Promise<object> {
    return this.schedules.get(id, reachOf(request));
  }

  @Get(':id/runs')
  @Requires('viewer')
  @ApiOperation({ operationId: 'listScheduleRuns', summary: 'List the runs of a schedule, newest first' })
  @ApiOkResponse({ type: ScheduleRunPage })
  listRuns(
    @Param('id') id: string,
    @Query() { limit, cursor }: PageQuery,
    @Req() request: AppRequest,
  ): Promise<object> {
    return this.schedules.listRuns(id, { limit, cursor, reach: reachOf(request) });
  }

  @Patch(':id')
  @Requires('operator')
  @ApiOperation({ operationId: 'changeSchedule', summary: 'Pause, resume or change a schedule' })
  @ApiOkResponse({ type: ScheduleView })
  @ErrorAnswers('conflict', 'confirmation_required')
  @BodyShapes(SCHEDULE_CHANGES)
  change(@Param('id') id: string, @Body() body: ScheduleDto, @Req() request: AppRequest): Promise<object> {
    checkSecretsIn(body, request.context);
    return this.schedules.change(id, body, askedBy(request));
  }

  @Delete(':id')
  @HttpCode(204)
  @Requires('operator')
  @ErrorAnswers('conflict')
  @ApiOperation({ operationId: 'deleteSchedule', summary: 'Delete a schedule and its runs' })
  delete(@Param('id') id: string, @Req() request: AppRequest): Promise<void> {
    return this.schedules.delete(id, reachOf(request));
  }

  @Post(':id/run')
  @HttpCode(202)
  @Requires('operator')
  @ApiOperation({ operationId: 'runSchedule', summary: 'Run a schedule now, beside its times' })
  @ApiHeader(KEY_HEADER)
  @ApiAcceptedResponse({ type: ScheduleRunView })
  async run(
    @Param('id') id: string,
    @Headers('idempotency-key') key: string | undefined,
    @Req() request: AppRequest,
    @Res({ passthrough: true }) response: Response,
  ): Promise<object> {
    const asked = { ...askedBy(request), key: keyOf(request, key) };
    return told(await this.schedules.runNow(id, asked), response);
  }
}

function askedBy(request: AppRequest): {
  by: string;
  requestId: string;
  trustsModel: boolean;
  reach: Reach;
} {
  const { caller, requestId } = request.context;
  return {
    by: caller?.name ?? 'anonymous',
    requestId,
    trustsModel: caller?.trustsModel === true,
    reach: reachOf(request),
  };
}
