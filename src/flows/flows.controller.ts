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
  Put,
  Query,
  Req,
  Res,
} from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiCreatedResponse,
  ApiHeader,
  ApiOkResponse,
  getSchemaPath,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { HoldsScope, Requires } from '../access/access.decorators.js';
import { type Reach, reachOf } from '../access/reach.js';
import { BOUNDS } from '../access/scope.js';
import type { Response } from 'express';
import { KEY_HEADER, keyOf, told } from '../idempotency/idempotency-key.js';
import { TextAnswer } from '../http/answer.js';
import { ErrorAnswers } from '../http/openapi-errors.js';
import { RouteNeeds } from '../http/route-policy.js';
import type { AppRequest } from '../observability/request-context.js';
import { type BacktestReport, FlowBacktest } from './backtest/flow-backtest.js';
import { toDocument, toYaml } from './document/flow-document.js';
import {
  BacktestReportView,
  CheckReportView,
  FlowPage,
  FlowRunPage,
  FlowVersionPage,
  SavedFlow,
  StartedRun,
} from './flow-answers.dto.js';
import { FlowManualRuns } from './flow-manual-runs.js';
import { FlowReader } from './document/flow-reader.js';
import { ClientGoneError } from './flows.errors.js';
import { FLOW_BODY, FLOW_CHANGES } from './document/flow-openapi.js';
import { FlowRunsService } from './flow-runs.service.js';
import {
  BacktestDto,
  GetFlowDto,
  ListFlowsDto,
  ListRunsDto,
  ListVersionsDto,
  RunFlowDto,
} from './flows.dto.js';
import { type CheckReport, FlowsService, type FlowView } from './flows.service.js';

/** Bodies of flows are documents that the service reads itself, with paths to each fault; so no DTO stands for them. */
@ApiTags('flows')
@RouteNeeds({ takesYaml: true })
@HoldsScope({ held: [...BOUNDS, 'payloads'] })
@Controller('flows')
export class FlowsController {
  constructor(
    private readonly flows: FlowsService,
    private readonly runs: FlowRunsService,
    private readonly manual: FlowManualRuns,
    private readonly backtests: FlowBacktest,
    private readonly reader: FlowReader,
  ) {}

  @Post()
  @Requires('admin')
  @ApiOperation({
    operationId: 'createFlow',
    summary: 'Save a new flow, as JSON or YAML; the predecessors’ form is converted',
  })
  @ApiBody(FLOW_BODY)
  @ApiCreatedResponse({ type: SavedFlow })
  create(@Body() document: unknown, @Req() request: AppRequest): Promise<FlowView> {
    return this.flows.create(document, callerOf(request));
  }

  @Post('validate')
  @HttpCode(200)
  @Requires('operator')
  @ApiOperation({
    operationId: 'validateFlow',
    summary: 'Check a flow without saving it: every fault with its path, and what a run costs',
  })
  @ApiBody(FLOW_BODY)
  @ApiOkResponse({ type: CheckReportView })
  validate(@Body() document: unknown, @Req() request: AppRequest): Promise<CheckReport> {
    return this.flows.validate(document, reachOf(request));
  }

  @Get()
  @Requires('viewer')
  @ApiOperation({ operationId: 'listFlows', summary: 'List the flows, newest first' })
  @ApiOkResponse({ type: FlowPage })
  list(@Query() page: ListFlowsDto, @Req() request: AppRequest): Promise<object> {
    const { limit, cursor, enabled } = page;
    return this.flows.list({ limit, cursor, enabled, reach: reachOf(request) });
  }

  @Get(':id')
  @Requires('viewer')
  @ApiOperation({ operationId: 'getFlow', summary: 'Look at a flow, also as YAML or at an earlier version' })
  @ApiOkResponse({
    content: {
      'application/json': { schema: { $ref: getSchemaPath(SavedFlow) } },
      'application/yaml': { schema: { type: 'object', additionalProperties: true } },
    },
  })
  async get(
    @Param('id') id: string,
    @Query() query: GetFlowDto,
    @Headers('accept') accept: string | undefined,
    @Req() request: AppRequest,
  ): Promise<object> {
    const reach = reachOf(request);
    const isYaml = query.format === 'yaml' || (query.format === undefined && /\byaml\b/.test(accept ?? ''));
    if (!isYaml && query.version === undefined) return this.flows.get(id, reach);
    const definition =
      query.version === undefined
        ? (await this.flows.find(id, reach)).definition
        : await this.flows.version(id, query.version, reach);
    if (isYaml) return new TextAnswer('application/yaml; charset=utf-8', toYaml(definition));
    return { id, version: query.version, ...toDocument(definition) };
  }

  @Get(':id/versions')
  @Requires('viewer')
  @ApiOperation({ operationId: 'listFlowVersions', summary: 'List the versions of a flow, newest first' })
  @ApiOkResponse({ type: FlowVersionPage })
  versions(
    @Param('id') id: string,
    @Query() page: ListVersionsDto,
    @Req() request: AppRequest,
  ): Promise<object> {
    return this.flows.versions(id, page, reachOf(request));
  }

  @Put(':id')
  @Requires('admin')
  @ErrorAnswers('conflict')
  @ApiOperation({
    operationId: 'replaceFlow',
    summary: 'Replace a flow; runs in flight keep the version they started with',
  })
  @ApiBody(FLOW_BODY)
  @ApiOkResponse({ type: SavedFlow })
  replace(@Param('id') id: string, @Body() document: unknown, @Req() request: AppRequest): Promise<FlowView> {
    return this.flows.replace(id, document, callerOf(request));
  }

  @Patch(':id')
  @Requires('admin')
  @ErrorAnswers('conflict')
  @ApiOperation({ operationId: 'changeFlow', summary: 'Replace some top-level fields of a flow' })
  @ApiBody(FLOW_CHANGES)
  @ApiOkResponse({ type: SavedFlow })
  change(@Param('id') id: string, @Body() changes: unknown, @Req() request: AppRequest): Promise<FlowView> {
    return this.flows.change(id, changes, callerOf(request));
  }

  @Delete(':id')
  @HttpCode(204)
  @Requires('admin')
  @ApiOperation({ operationId: 'deleteFlow', summary: 'Delete a flow; its runs stay to be looked at' })
  delete(@Param('id') id: string, @Req() request: AppRequest): Promise<void> {
    return this.flows.delete(id, callerOf(request));
  }

  @Post(':id/enable')
  @HttpCode(200)
  @Requires('operator')
  @ApiOperation({ operationId: 'enableFlow', summary: 'Let events start the flow' })
  @ApiOkResponse({ type: SavedFlow })
  enable(@Param('id') id: string, @Req() request: AppRequest): Promise<FlowView> {
    return this.flows.setEnabled(id, true, askedBy(request));
  }

  @Post(':id/disable')
  @HttpCode(200)
  @Requires('operator')
  @ApiOperation({ operationId: 'disableFlow', summary: 'Let no event start the flow; runs in flight go on' })
  @ApiOkResponse({ type: SavedFlow })
  disable(@Param('id') id: string, @Req() request: AppRequest): Promise<FlowView> {
    return this.flows.setEnabled(id, false, askedBy(request));
  }

  @Post(':id/run')
  @HttpCode(202)
  @Requires('operator')
  @ApiOperation({ operationId: 'runFlow', summary: 'Run a flow now, with a test event' })
  @ApiHeader(KEY_HEADER)
  @ApiAcceptedResponse({ type: StartedRun })
  async run(
    @Param('id') id: string,
    @Body() { event, payload, ignoreConditions }: RunFlowDto,
    @Headers('idempotency-key') given: string | undefined,
    @Req() request: AppRequest,
    @Res({ passthrough: true }) response: Response,
  ): Promise<object> {
    const { requestId } = request.context;
    const asked = { key: keyOf(request, given), ...askedBy(request), requestId };
    return told(await this.manual.start(id, { event, payload, ignoreConditions, ...asked }), response);
  }

  @Get(':id/runs')
  @Requires('viewer')
  @ApiOperation({ operationId: 'listRunsOfFlow', summary: 'List the runs of a flow, newest first' })
  @ApiOkResponse({ type: FlowRunPage })
  listRuns(@Param('id') id: string, @Query() page: ListRunsDto, @Req() request: AppRequest): Promise<object> {
    const { limit, cursor, status } = page;
    return this.runs.listOf(id, { limit, cursor, status, reach: reachOf(request) });
  }

  @Post(':id/backtest')
  @HttpCode(200)
  @Requires('operator')
  @ApiOperation({
    operationId: 'backtestFlow',
    summary: 'Try a flow, or a draft of it, on stored events; nothing is sent',
  })
  @ApiOkResponse({ type: BacktestReportView })
  async backtest(
    @Param('id') id: string,
    @Body() body: BacktestDto,
    @Req() request: AppRequest,
  ): Promise<BacktestReport> {
    const gone = untilGone(request);
    const reach = reachOf(request);
    const flow = await this.flows.find(id, reach);
    const definition =
      body.definition === undefined
        ? flow.definition
        : await this.reader.read(body.definition, flow.definition);
    const range = { from: new Date(body.from), to: new Date(body.to), limit: body.limit ?? 100 };
    const { cursor, results = {} } = body;
    return this.backtests.run({ flow, definition, ...range, cursor, results, reach }, gone);
  }
}

function askedBy(request: AppRequest): { by: string; reach: Reach } {
  return { by: callerOf(request), reach: reachOf(request) };
}

export function callerOf(request: AppRequest): string {
  return request.context.caller?.name ?? 'anonymous';
}

/** Aborted when the connection is closed before the answer was given. */
function untilGone(request: AppRequest): AbortSignal {
  const gone = new AbortController();
  request.res?.once('close', () => gone.abort(new ClientGoneError()));
  return gone.signal;
}
