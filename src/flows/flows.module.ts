import { Module } from '@nestjs/common';
import { ActionsModule } from '../actions/actions.module.js';
import { HttpModule } from '../http/http.module.js';
import { IdempotencyModule } from '../idempotency/idempotency.module.js';
import { SecretsModule } from '../secrets/secrets.module.js';
import { IntegrationsModule } from '../integrations/integrations.module.js';
import { BacktestExpressions } from './backtest/backtest-expressions.js';
import { EventHistoryRepository } from './backtest/event-history.repository.js';
import { ExpressionEngine } from './expressions/expression-engine.js';
import { FlowBacktest } from './backtest/flow-backtest.js';
import { LiveCalls } from './execution/flow-calls.js';
import { FlowBacklogMetrics } from './execution/flow-backlog-metrics.js';
import { FlowCatalog } from './flow-catalog.js';
import { FlowCheck } from './document/flow-check.js';
import { FlowForecast } from './backtest/flow-forecast.js';
import { FlowOutlook } from './flow-outlook.js';
import { FlowManualRuns } from './flow-manual-runs.js';
import { FlowMetrics } from './execution/flow-metrics.js';
import { FlowPauses } from './start/flow-pauses.js';
import { FlowReach } from './flow-reach.js';
import { FlowReader } from './document/flow-reader.js';
import { FlowReplays } from './flow-replays.js';
import { FlowRetention } from './runs/flow-retention.js';
import { FlowRunner, FlowRunnerState, FlowRunnerTools } from './execution/flow-runner.js';
import { FlowRunsController } from './flow-runs.controller.js';
import { FlowRunsRepository } from './runs/flow-runs.repository.js';
import { FlowRunsService } from './flow-runs.service.js';
import { FlowScheduling } from './document/flow-scheduling.js';
import { FlowSecrets } from './document/flow-secrets.js';
import { FlowStarter } from './start/flow-starter.js';
import { FlowMatching } from './start/flow-matching.js';
import { FlowTrigger } from './start/flow-trigger.js';
import { FlowWorkRepository } from './execution/flow-work.repository.js';
import { FlowWorker } from './execution/flow-worker.js';
import { FlowsController } from './flows.controller.js';
import { FlowsRepository } from './flows.repository.js';
import { FlowsService } from './flows.service.js';
import { LoopGuard } from './execution/loop-guard.js';
import { LiveActions } from './execution/step-actions.js';

@Module({
  imports: [HttpModule, IdempotencyModule, IntegrationsModule, SecretsModule, ActionsModule],
  controllers: [FlowsController, FlowRunsController],
  providers: [
    FlowsRepository,
    FlowRunsRepository,
    FlowWorkRepository,
    EventHistoryRepository,
    FlowCatalog,
    FlowCheck,
    FlowReach,
    FlowReader,
    FlowSecrets,
    FlowForecast,
    FlowOutlook,
    FlowScheduling,
    FlowsService,
    ExpressionEngine,
    LiveActions,
    LiveCalls,
    LoopGuard,
    FlowMetrics,
    FlowPauses,
    FlowBacklogMetrics,
    FlowWorker,
    FlowRunnerTools,
    FlowRunnerState,
    FlowRunner,
    FlowStarter,
    FlowRunsService,
    FlowManualRuns,
    FlowReplays,
    FlowMatching,
    FlowTrigger,
    BacktestExpressions,
    FlowBacktest,
    FlowRetention,
  ],
  exports: [FlowScheduling, FlowStarter, FlowCheck, FlowReach],
})
export class FlowsModule {}
