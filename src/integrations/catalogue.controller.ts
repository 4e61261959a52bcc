import { Controller, Get, Param, Query, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { HoldsScope, Requires } from '../access/access.decorators.js';
import { reachOf } from '../access/reach.js';
import type { AppRequest } from '../observability/request-context.js';
import {
  IntegrationList,
  NamedQuery,
  OperationDetails,
  OperationList,
  OperationQuery,
} from './catalogue.dto.js';
import { CatalogueService } from './catalogue.service.js';

@ApiTags('integrations')
@HoldsScope({ held: ['integrations', 'operations'] })
@Controller('integrations')
export class CatalogueController {
  constructor(private readonly catalogue: CatalogueService) {}

  @Get()
  @Requires('viewer')
  @ApiOperation({ operationId: 'listIntegrations', summary: 'List the integrations' })
  @ApiOkResponse({ type: IntegrationList })
  integrations(@Query() query: NamedQuery, @Req() request: AppRequest): IntegrationList {
    return this.catalogue.integrations(query, reachOf(request));
  }

  @Get(':name/operations')
  @Requires('viewer')
  @ApiOperation({ operationId: 'listOperations', summary: 'List or search the operations of an integration' })
  @ApiOkResponse({ type: OperationList })
  operations(
    @Param('name') name: string,
    @Query() query: OperationQuery,
    @Req() request: AppRequest,
  ): OperationList {
    return this.catalogue.operations(name, query, reachOf(request));
  }

  @Get(':name/operations/:operation')
  @Requires('viewer')
  @ApiOperation({
    operationId: 'getOperation',
    summary: 'Get an operation with the JSON Schema of its params and an example',
  })
  @ApiOkResponse({ type: OperationDetails })
  operation(
    @Param('name') name: string,
    @Param('operation') operation: string,
    @Req() request: AppRequest,
  ): OperationDetails {
    return this.catalogue.operation(name, operation, reachOf(request));
  }
}
