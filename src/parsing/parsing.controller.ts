import { Body, Controller, HttpCode, Post, Query, Req } from '@nestjs/common';
import { HoldsScope, Requires } from '../access/access.decorators.js';
import { reachOf } from '../access/reach.js';
import { BOUNDS } from '../access/scope.js';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
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
  @HoldsScope({ held: BOUNDS })
  @ApiOperation({ operationId: 'parseAction', summary: 'Read an action from a text, without running it' })
  @ApiOkResponse({ type: ParsedActionDto })
  @ErrorAnswers('not_found', 'upstream_error')
  async parse(
    @Body() { text, timeZone }: ParseTextDto,
    @Query() { llm }: ParseQueryDto,
    @Req() request: AppRequest,
  ): Promise<ParsedAction> {
    const isModelWanted = llm !== undefined && /^(true|1|yes|on)$/i.test(llm);
    const { requestId } = request.context;
    return this.parsing.parseWithin(reachOf(request), text, { isModelWanted, timeZone, requestId });
  }
}
