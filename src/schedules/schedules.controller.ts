import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Req } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { Requires } from '../access/access.decorators.js';
import type { AppRequest } from '../observability/request-context.js';
import { PageQuery } from '../http/page.dto.js';
import {
  ScheduleDetails,
  ScheduledView,
  SchedulePage,
  ScheduleRunPage,
  ScheduleRunView,
  ScheduleView,
} from './schedule-answers.dto.js';
import { ListSchedulesDto, ScheduleDto } from './schedules.dto.js';
import { SchedulesService } from './schedules.service.js';

@ApiTags('schedules')
@Controller('schedules')
export class SchedulesController {
  constructor(private readonly schedules: SchedulesService) {}

  @Post()
  @Requires('operator')
  @ApiOperation({ summary: 'Do something at set times: an action, a flow, or what a text says' })
  @ApiCreatedResponse({ type: ScheduledView })
  create(@Body() body: ScheduleDto, @Req() request: AppRequest): Promise<object> {
    return this.schedules.create(body, askedBy(request));
  }

  @Get()
  @Requires('viewer')
  @ApiOperation({ summary: 'List the schedules, newest first, each with its next five runs' })
  @ApiOkResponse({ type: SchedulePage })
  list(@Query() page: ListSchedulesDto): Promise<object> {
    return this.schedules.list({ limit: page.limit, cursor: page.cursor, paused: page.paused });
  }

  @Get(':id')
  @Requires('viewer')
  @ApiOperation({ summary: 'Look at a schedule and its last runs' })
  @ApiOkResponse({ type: ScheduleDetails })
  get(@Param('id') id: string): Promise<object> {
    return this.schedules.get(id);
  }

  @Get(':id/runs')
  @Requires('viewer')
  @ApiOperation({ summary: 'List the runs of a schedule, newest first' })
  @ApiOkResponse({ type: ScheduleRunPage })
  listRuns(@Param('id') id: string, @Query() page: PageQuery): Promise<object> {
    return this.schedules.listRuns(id, { limit: page.limit, cursor: page.cursor });
  }

  @Patch(':id')
  @Requires('operator')
  @ApiOperation({ summary: 'Pause, resume or change a schedule' })
  @ApiOkResponse({ type: ScheduleView })
  change(@Param('id') id: string, @Body() body: ScheduleDto, @Req() request: AppRequest): Promise<object> {
    return this.schedules.change(id, body, askedBy(request));
  }

  @Delete(':id')
  @HttpCode(204)
  @Requires('operator')
  @ApiOperation({ summary: 'Delete a schedule and its runs' })
  delete(@Param('id') id: string): Promise<void> {
    return this.schedules.delete(id);
  }

  @Post(':id/run')
  @HttpCode(202)
  @Requires('operator')
  @ApiOperation({ summary: 'Run a schedule now, beside its times' })
  @ApiAcceptedResponse({ type: ScheduleRunView })
  run(@Param('id') id: string, @Req() request: AppRequest): Promise<object> {
    return this.schedules.runNow(id, askedBy(request));
  }
}

function askedBy(request: AppRequest): { by: string; requestId: string } {
  return { by: request.context.caller?.name ?? 'anonymous', requestId: request.context.requestId };
}
