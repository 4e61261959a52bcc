import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import { Public } from '../access/access.decorators.js';
import { AppError } from '../errors/app-error.js';
import { TextAnswer } from '../http/answer.js';
import { ErrorAnswers } from '../http/openapi-errors.js';
import { OwnAnswer } from '../http/openapi-answers.js';
import { RouteNeeds } from '../http/route-policy.js';
import { Metrics } from '../observability/metrics.js';
import { type ObservabilityConfig, observabilityConfig } from '../observability/observability.config.js';

@ApiTags('health')
@Public()
@RouteNeeds({ rate: 'pages', isOpenWhileStarting: true })
@Controller()
export class MetricsController {
  constructor(
    private readonly metrics: Metrics,
    @Inject(observabilityConfig.token) private readonly config: ObservabilityConfig,
  ) {}

  @Get('metrics')
  @OwnAnswer()
  @ErrorAnswers('not_found')
  @ApiOperation({ operationId: 'getMetrics', summary: 'Metrics in the Prometheus text format' })
  @ApiProduces('text/plain')
  @ApiOkResponse({ content: { 'text/plain': { schema: { type: 'string' } } } })
  async read(): Promise<TextAnswer> {
    if (!this.config.METRICS_ENABLED)
      throw new AppError('not_found', 'Metrics are switched off (METRICS_ENABLED)');
    return new TextAnswer(this.metrics.registry.contentType, await this.metrics.registry.metrics());
  }
}
