import { Body, Controller, Get, HttpCode, Post, Query, Req } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { HoldsScope, Requires } from '../access/access.decorators.js';
import { reachOf } from '../access/reach.js';
import { Clock } from '../clock/clock.js';
import { ErrorAnswers } from '../http/openapi-errors.js';
import type { AppRequest } from '../observability/request-context.js';
import { BootstrapService } from './bootstrap/bootstrap.service.js';
import { bootstrapView } from './bootstrap/bootstrap-view.js';
import { OF_WORKSPACES } from './catalogue-entities.controller.js';
import { CataloguePlaces } from './catalogue-places.js';
import { BootstrapView, PlaceQuery, StartBootstrapDto, StartedBootstrapView } from './catalogue.dto.js';

@ApiTags('catalogue')
@HoldsScope(OF_WORKSPACES)
@Controller('bootstrap')
export class BootstrapController {
  constructor(
    private readonly bootstrap: BootstrapService,
    private readonly places: CataloguePlaces,
    private readonly clock: Clock,
  ) {}

  @Post()
  @HttpCode(202)
  @Requires('operator')
  @ApiOperation({
    operationId: 'startBootstrap',
    summary: 'Read a workspace into its catalogue',
    description: 'One run at a time for each account and workspace: where one is under way, it is answered.',
  })
  @ApiBody({ type: StartBootstrapDto, required: false })
  @ApiAcceptedResponse({ type: StartedBootstrapView })
  async start(@Body() body: StartBootstrapDto, @Req() request: AppRequest): Promise<StartedBootstrapView> {
    const place = await this.places.of(body, reachOf(request));
    const requestedBy = request.context.caller?.name ?? 'anonymous';
    const { run, operations, isNew } = await this.bootstrap.start(place, { kind: body.kind, requestedBy });
    return { ...bootstrapView(run, operations, this.clock.nowMs()), isNew };
  }

  @Get()
  @Requires('viewer')
  @ApiOperation({ operationId: 'getBootstrap', summary: 'How far the last run has come, by operation' })
  @ApiOkResponse({ type: BootstrapView })
  @ErrorAnswers('not_found')
  async get(@Query() query: PlaceQuery, @Req() request: AppRequest): Promise<BootstrapView> {
    const place = await this.places.of(query, reachOf(request));
    const { run, operations } = await this.bootstrap.status(place);
    return bootstrapView(run, operations, this.clock.nowMs());
  }

  @Post('cancel')
  @HttpCode(200)
  @Requires('operator')
  @ApiOperation({ operationId: 'cancelBootstrap', summary: 'End the run; what it has read stays' })
  @ApiOkResponse({ type: BootstrapView })
  @ErrorAnswers('not_found')
  async cancel(@Query() query: PlaceQuery, @Req() request: AppRequest): Promise<BootstrapView> {
    const place = await this.places.of(query, reachOf(request));
    const { run, operations } = await this.bootstrap.cancel(place);
    return bootstrapView(run, operations, this.clock.nowMs());
  }
}
