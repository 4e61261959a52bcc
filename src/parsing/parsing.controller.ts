import { Body, Controller, HttpCode, Post, Query, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Requires } from '../access/access.decorators.js';
import { ErrorAnswers } from '../http/openapi-errors.js';
import type { AppRequest } from '../observability/request-context.js';
import type { ParsedAction } from './action.js';
import { ParsedActionDto, ParseQueryDto, ParseTextDto } from './parsing.dto.js';
import { ParsingService } from './parsing.service.js';

@ApiTags('actions')
@Controller('actions')
export class ParsingController {
  constructor(private readonly parsing: ParsingService) {}

  @Post('parse')
  @HttpCode(200)
  @Requires('operator')
  @ApiOperation({ operationId: 'parseAction', summary: 'Read an action from a text, without running it' })
  @ApiOkResponse({ type: ParsedActionDto })
  @ErrorAnswers('not_found', 'upstream_error')
  parse(
    @Body() { text, timeZone }: ParseTextDto,
    @Query() { llm }: ParseQueryDto,
    @Req() request: AppRequest,
  ): ParsedAction | Promise<ParsedAction> {
    const isModelWanted = llm !== undefined && /^(true|1|yes|on)$/i.test(llm);
    return this.parsing.parse(text, { isModelWanted, timeZone, requestId: request.context.requestId });
  }
}
