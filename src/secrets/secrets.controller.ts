import { Body, Controller, Delete, Get, HttpCode, Param, Put, Query, Req } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { HoldsScope, Requires } from '../access/access.decorators.js';
import { BOUNDS } from '../access/scope.js';
import { ErrorAnswers } from '../http/openapi-errors.js';
import type { AppRequest } from '../observability/request-context.js';
import { SECRET_NAME } from './secret-place.js';
import { DeleteSecretDto, ListSecretsDto, PutSecretDto, SecretDto, SecretPageDto } from './secrets.dto.js';
import { SecretsService } from './secrets.service.js';

const NAME = { name: 'secret', schema: { type: 'string', pattern: SECRET_NAME.source } };

@ApiTags('secrets')
@HoldsScope({ held: [], closed: [...BOUNDS, 'payloads'] })
@Controller('secrets')
export class SecretsController {
  constructor(private readonly secrets: SecretsService) {}

  @Get()
  @Requires('viewer')
  @ApiOperation({ operationId: 'listSecrets', summary: 'List the secrets by name, without their values' })
  @ApiOkResponse({ type: SecretPageDto })
  list(@Query() page: ListSecretsDto): Promise<SecretPageDto> {
    return this.secrets.list(page);
  }

  @Get(':secret')
  @Requires('viewer')
  @ApiOperation({ operationId: 'getSecret', summary: 'Look at one secret, without its value' })
  @ApiParam(NAME)
  @ApiOkResponse({ type: SecretDto })
  get(@Param('secret') name: string): Promise<SecretDto> {
    return this.secrets.get(name);
  }

  @Put(':secret')
  @Requires('admin')
  @ApiOperation({
    operationId: 'setSecret',
    summary: 'Set a secret, or another value of it; from the next call on it is sent',
    description: 'What is left out, beside the value, stays as it was.',
  })
  @ApiParam(NAME)
  @ApiOkResponse({ type: SecretDto })
  @ErrorAnswers('conflict')
  put(
    @Param('secret') name: string,
    @Body() body: PutSecretDto,
    @Req() request: AppRequest,
  ): Promise<SecretDto> {
    return this.secrets.put(name, body, callerName(request));
  }

  @Delete(':secret')
  @HttpCode(204)
  @Requires('admin')
  @ApiOperation({
    operationId: 'deleteSecret',
    summary: 'Delete a secret that no flow and no schedule names',
  })
  @ApiParam(NAME)
  @ApiNoContentResponse()
  @ErrorAnswers('conflict')
  delete(
    @Param('secret') name: string,
    @Query() { force = 'false' }: DeleteSecretDto,
    @Req() request: AppRequest,
  ): Promise<void> {
    const isForced = ['true', '1', 'yes', 'on'].includes(force);
    return this.secrets.delete(name, { by: callerName(request), isForced });
  }
}

function callerName({ context }: AppRequest): string {
  return context.caller?.name ?? 'anonymous';
}
