import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Requires } from '../access/access.decorators.js';
import { ListRunsDto, RunDto } from './actions.dto.js';
import { type Page, RunHistoryService } from './run-history.service.js';

@ApiTags('actions')
@Controller('actions/runs')
export class ActionRunsController {
  constructor(private readonly history: RunHistoryService) {}

  @Get()
  @Requires('viewer')
  @ApiOperation({ summary: 'List the journal of runs, newest first' })
  list(@Query() query: ListRunsDto): Promise<Page<RunDto>> {
    return this.history.list(query);
  }

  @Get(':id')
  @Requires('viewer')
  @ApiOperation({ summary: 'Show one run' })
  @ApiOkResponse({ type: RunDto })
  find(@Param('id') id: string): Promise<RunDto> {
    return this.history.find(id);
  }
}
