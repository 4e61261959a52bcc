import { Body, Controller, Delete, Get, Param, Post, Query, Req } from '@nestjs/common';
import { ApiCreatedResponse, ApiExtension, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { PageQuery } from '../paging/page.dto.js';
import type { AppRequest } from '../observability/request-context.js';
import { Requires } from './access.decorators.js';
import { ForbiddenError } from './access.errors.js';
import { ApiKeyDto, ApiKeyPageDto, CreateApiKeyDto, CreatedApiKeyDto } from './api-keys.dto.js';
import { ApiKeysService } from './api-keys.service.js';
import { ANONYMOUS } from './api-key.js';

@ApiTags('api-keys')
@Requires('admin')
@Controller('api-keys')
export class ApiKeysController {
  constructor(private readonly keys: ApiKeysService) {}

  @Post()
  @ApiExtension('x-errors', ['conflict'])
  @ApiOperation({ operationId: 'createApiKey', summary: 'Make an API key; its secret is shown this once' })
  @ApiCreatedResponse({ type: CreatedApiKeyDto })
  create(@Body() body: CreateApiKeyDto, @Req() request: AppRequest): Promise<CreatedApiKeyDto> {
    if (callerName(request) === ANONYMOUS) throw ForbiddenError.keyless();
    const expiresAt = body.expiresAt === undefined ? null : new Date(body.expiresAt);
    const { name, role, trustModel = false, scope = null, payloads = true } = body;
    const key = { name, role, expiresAt, trustModel, scope, payloads };
    return this.keys.create({ ...key, createdBy: callerName(request) });
  }

  @Get()
  @ApiOperation({
    operationId: 'listApiKeys',
    summary: 'List the API keys made here, newest first, revoked ones too',
  })
  @ApiOkResponse({ type: ApiKeyPageDto })
  list(@Query() page: PageQuery): Promise<ApiKeyPageDto> {
    return this.keys.list(page);
  }

  @Get(':id')
  @ApiOperation({ operationId: 'getApiKey', summary: 'Look at one API key' })
  @ApiOkResponse({ type: ApiKeyDto })
  get(@Param('id') id: string): Promise<ApiKeyDto> {
    return this.keys.get(id);
  }

  @Delete(':id')
  @ApiOperation({
    operationId: 'revokeApiKey',
    summary: 'Revoke an API key; every replica refuses it within a second',
  })
  @ApiOkResponse({ type: ApiKeyDto })
  revoke(@Param('id') id: string, @Req() request: AppRequest): Promise<ApiKeyDto> {
    return this.keys.revoke(id, callerName(request));
  }
}

function callerName(request: AppRequest): string {
  return request.context.caller?.name ?? ANONYMOUS;
}
