import { Controller, Get, Param, Query, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { HoldsScope, Requires } from '../access/access.decorators.js';
import { reachOf } from '../access/reach.js';
import { BOUNDS } from '../access/scope.js';
import type { AppRequest } from '../observability/request-context.js';
import { ListRunsDto, RunDto, RunPageDto } from './actions.dto.js';
import { RunHistoryService } from './run-history.service.js';

@ApiTags('actions')
@HoldsScope({ held: [...BOUNDS, 'payloads'] })
@Controller('actions/runs')
export class ActionRunsController {
  constructor(private readonly history: RunHistoryService) {}

  @Get()
  @Requires('viewer')
  @ApiOperation({ operationId: 'listActionRuns', summary: 'List the journal of runs, newest first' })
  @ApiOkResponse({ type: RunPageDto })
  list(@Query() query: ListRunsDto, @Req() request: AppRequest): Promise<RunPageDto> {
    return this.history.list(query, reachOf(request));
  }

  @Get(':id')
  @Requires('viewer')
  @ApiOperation({ operationId: 'getActionRun', summary: 'Show one run' })
  @ApiOkResponse({ type: RunDto })
  find(@Param('id') id: string, @Req() request: AppRequest): Promise<RunDto> {
    return this.history.find(id, reachOf(request));
  }
}
