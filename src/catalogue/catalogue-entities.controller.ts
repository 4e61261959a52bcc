import { Controller, Get, Param, Query, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { HoldsScope, Requires, type ScopePolicy } from '../access/access.decorators.js';
import { reachOf } from '../access/reach.js';
import { ErrorAnswers } from '../http/openapi-errors.js';
import type { AppRequest } from '../observability/request-context.js';
import { CatalogueEntitiesService } from './catalogue-entities.service.js';
import {
  CataloguePageDto,
  EntityDetails,
  EntityPageDto,
  ListCataloguesDto,
  GetEntityDto,
  ListEntitiesDto,
} from './catalogue.dto.js';

/** Names are what was said in the workspace, and belong to nothing but it. */
export const OF_WORKSPACES: ScopePolicy = {
  held: ['workspaces'],
  closed: ['sources', 'integrations', 'operations', 'flows', 'payloads'],
};

@ApiTags('catalogue')
@HoldsScope(OF_WORKSPACES)
@Controller('catalogue')
export class CatalogueEntitiesController {
  constructor(private readonly catalogue: CatalogueEntitiesService) {}

  @Get()
  @Requires('viewer')
  @ApiOperation({
    operationId: 'listCatalogueEntities',
    summary: 'List what there is in a workspace, by name',
  })
  @ApiOkResponse({ type: EntityPageDto })
  list(@Query() query: ListEntitiesDto, @Req() request: AppRequest): Promise<EntityPageDto> {
    return this.catalogue.list(query, reachOf(request));
  }

  @Get('workspaces')
  @Requires('viewer')
  @ApiOperation({ operationId: 'listCatalogues', summary: 'How large and how fresh each catalogue is' })
  @ApiOkResponse({ type: CataloguePageDto })
  workspaces(@Query() query: ListCataloguesDto, @Req() request: AppRequest): Promise<CataloguePageDto> {
    return this.catalogue.catalogues(query, reachOf(request));
  }

  @Get(':id')
  @Requires('viewer')
  @ApiOperation({ operationId: 'getCatalogueEntity', summary: 'One thing of a workspace' })
  @ApiOkResponse({ type: EntityDetails })
  @ErrorAnswers('not_found')
  get(
    @Param('id') id: string,
    @Query() query: GetEntityDto,
    @Req() request: AppRequest,
  ): Promise<EntityDetails> {
    return this.catalogue.get({ ...query, id }, reachOf(request));
  }
}
