import { Controller, Get, Res } from '@nestjs/common';
import {
  ApiOkResponse,
  ApiOperation,
  ApiServiceUnavailableResponse,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import { HealthCheck } from '@nestjs/terminus';
import type { Response } from 'express';
import { Public } from '../access/access.decorators.js';
import { StatusAnswer } from '../http/answer.js';
import { RouteNeeds } from '../http/route-policy.js';
import { LivenessDto, ReadinessDto } from './health.dto.js';
import { ReadinessService } from './readiness.service.js';

/** The same report as when it is ready; only `ok` is false. */
const UNREADY = {
  type: 'object',
  required: ['ok', 'data', 'requestId'],
  properties: {
    ok: { type: 'boolean', enum: [false] },
    data: { $ref: getSchemaPath(ReadinessDto) },
    requestId: { type: 'string' },
  },
};

@ApiTags('health')
@Public()
@RouteNeeds({ rate: 'none', isOpenWhileStarting: true })
@Controller()
export class HealthController {
  constructor(private readonly readiness: ReadinessService) {}

  @Get('healthz')
  @ApiOperation({ operationId: 'getLiveness', summary: 'Whether the process runs' })
  @ApiOkResponse({ type: LivenessDto })
  healthz(): LivenessDto {
    return { status: 'healthy' };
  }

  @Get('readyz')
  @HealthCheck({ swaggerDocumentation: false })
  @ApiOperation({
    operationId: 'getReadiness',
    summary: 'Whether the service can do its work, with every check',
  })
  @ApiOkResponse({ type: ReadinessDto })
  @ApiServiceUnavailableResponse({
    description: 'Something it cannot do without is not usable',
    schema: UNREADY,
  })
  async readyz(@Res({ passthrough: true }) response: Response): Promise<StatusAnswer> {
    const report = await this.readiness.report();
    if (!report.ready) response.status(503);
    return new StatusAnswer(report.ready, report);
  }
}
