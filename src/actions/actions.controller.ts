import { Body, Controller, Headers, HttpCode, Post, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { HoldsScope, Requires } from '../access/access.decorators.js';
import { reachOf } from '../access/reach.js';
import { BOUNDS } from '../access/scope.js';
import { checkSecretsIn } from '../access/secrets-in.js';
import { AppError } from '../errors/app-error.js';
import { FlatAnswer } from '../http/answer.js';
import { givenKey, KEY_HEADER, sayReplayed } from '../idempotency/idempotency-key.js';
import { BodyShapes } from '../http/openapi-bodies.js';
import { ErrorAnswers } from '../http/openapi-errors.js';
import { OwnAnswer } from '../http/openapi-answers.js';
import type { AppRequest } from '../observability/request-context.js';
import type { RunContext } from './action-runner.js';
import { RUN_BODIES, RunActionDto, RunQueryDto } from './actions.dto.js';
import { ActionsService } from './actions.service.js';

const RUN_ANSWER = {
  type: 'object',
  required: ['ok', 'requestId'],
  properties: { ok: { type: 'boolean', enum: [true] }, requestId: { type: 'string' } },
  additionalProperties: true,
};

@ApiTags('actions')
@Controller('actions')
export class ActionsController {
  constructor(private readonly actions: ActionsService) {}

  @Post('run')
  @HttpCode(200)
  @Requires('operator')
  @HoldsScope({ held: BOUNDS })
  @OwnAnswer()
  @ApiOperation({
    operationId: 'runAction',
    summary: 'Carry out an action',
    description:
      'The fields of an object result stand at the top level beside ok and requestId; a list stands under its plural name.',
  })
  @ApiHeader(KEY_HEADER)
  @ApiOkResponse({ description: 'What the operation answered', schema: RUN_ANSWER })
  @ErrorAnswers('not_found', 'conflict', 'confirmation_required', 'upstream_error')
  @BodyShapes(RUN_BODIES)
  async run(
    @Body() body: RunActionDto,
    @Query() query: RunQueryDto,
    @Headers('idempotency-key') header: string | undefined,
    @Req() request: AppRequest,
    @Res({ passthrough: true }) response: Response,
  ): Promise<FlatAnswer> {
    checkSecretsIn(body, request.context);
    const idempotencyKey = givenKey(header);
    if (isDryRun(query)) {
      const preview = await this.actions.preview(body, contextOf(request, undefined));
      return new FlatAnswer({ dryRun: true, ...preview });
    }
    const run = await this.actions.run(body, contextOf(request, idempotencyKey));
    response.setHeader('X-Run-ID', run.runId);
    if (run.isReplay) sayReplayed(response);
    return new FlatAnswer(this.actions.fieldsOf(run));
  }
}

/** A request that says both is not one to guess about: it would be carried out where it was only to be shown. */
function isDryRun({ dryRun, dry_run: old }: RunQueryDto): boolean {
  const [isAsked, wasAsked] = [dryRun, old].map(
    (flag) => flag !== undefined && /^(true|1|yes|on)$/i.test(flag),
  );
  if (dryRun !== undefined && old !== undefined && isAsked !== wasAsked)
    throw new AppError(
      'validation_error',
      'dry_run is the old name of dryRun and says something else: send dryRun',
    );
  return isAsked === true || wasAsked === true;
}

function contextOf(request: AppRequest, idempotencyKey: string | undefined): RunContext {
  const { context } = request;
  const { name, keyId, trustsModel } = context.caller ?? { name: 'anonymous', keyId: 'anonymous' };
  const reach = reachOf(request);
  return {
    requestId: context.requestId,
    caller: { name, keyId, reach, ...(trustsModel ? { trustsModel } : {}) },
    priority: 'interactive',
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  };
}
