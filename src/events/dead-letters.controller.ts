import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Requires } from '../access/access.decorators.js';
import { DeadLetterPage, DeadLetterQuery, RedriveRequest, Redriven } from './dead-letters.dto.js';
import { DeadLettersService } from './dead-letters.service.js';

@ApiTags('events')
@Controller('dead-letters')
export class DeadLettersController {
  constructor(private readonly letters: DeadLettersService) {}

  @Get()
  @Requires('viewer')
  @ApiOperation({
    operationId: 'listDeadLetters',
    summary: 'Events or jobs that failed for the last time, with the reason',
  })
  @ApiOkResponse({ type: DeadLetterPage })
  list(@Query() query: DeadLetterQuery): Promise<DeadLetterPage> {
    return this.letters.list(query);
  }

  @Post('redrive')
  @HttpCode(200)
  @Requires('operator')
  @ApiOperation({
    operationId: 'redriveDeadLetters',
    summary: 'Have dead letters of a kind tried again, all or those named',
  })
  @ApiOkResponse({ type: Redriven })
  redrive(@Body() body: RedriveRequest): Promise<Redriven> {
    return this.letters.redrive(body);
  }

  @Post(':id/redrive')
  @HttpCode(200)
  @Requires('operator')
  @ApiOperation({ operationId: 'redriveDeadLetter', summary: 'Have one dead letter tried again' })
  @ApiOkResponse({ type: Redriven })
  redriveOne(@Param('id') id: string): Promise<Redriven> {
    return this.letters.redriveOne(id);
  }
}
