import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Requires } from '../access/access.decorators.js';
import { ListRunsDto, RunDto, RunPageDto } from './actions.dto.js';
import { RunHistoryService } from './run-history.service.js';

@ApiTags('actions')
@Controller('actions/runs')
export class ActionRunsController {
  constructor(private readonly history: RunHistoryService) {}

  @Get()
  @Requires('viewer')
  @ApiOperation({ operationId: 'listActionRuns', summary: 'List the journal of runs, newest first' })
  @ApiOkResponse({ type: RunPageDto })
  list(@Query() query: ListRunsDto): Promise<RunPageDto> {
    return this.history.list(query);
  }

  @Get(':id')
  @Requires('viewer')
  @ApiOperation({ operationId: 'getActionRun', summary: 'Show one run' })
  @ApiOkResponse({ type: RunDto })
  find(@Param('id') id: string): Promise<RunDto> {
    return this.history.find(id);
  }
}
