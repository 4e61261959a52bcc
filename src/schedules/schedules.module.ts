import { Module } from '@nestjs/common';
import { ActionsModule } from '../actions/actions.module.js';
import { FlowsModule } from '../flows/flows.module.js';
import { IntegrationsModule } from '../integrations/integrations.module.js';
import { IdempotencyModule } from '../idempotency/idempotency.module.js';
import { ParsingModule } from '../parsing/parsing.module.js';
import { SecretsModule } from '../secrets/secrets.module.js';
import { FlowSchedules } from './flow-schedules.js';
import { ScheduleDispatch } from './firing/schedule-dispatch.js';
import { ScheduleFiring, ScheduleTables } from './firing/schedule-firing.js';
import { ScheduleMetrics } from './firing/schedule-metrics.js';
import { ScheduleOutcomes } from './firing/schedule-outcomes.js';
import { ScheduleRetention } from './schedule-retention.js';
import { ScheduleRunsRepository } from './schedule-runs.repository.js';
import { ScheduleSecrets } from './schedule-secrets.js';
import { ScheduleTargets } from './schedule-target.js';
import { ScheduleTicker } from './firing/schedule-ticker.js';
import { ScheduleWorker } from './firing/schedule-worker.js';
import { SchedulesController } from './schedules.controller.js';
import { SchedulesRepository } from './schedules.repository.js';
import { ScheduleStores, SchedulesService } from './schedules.service.js';

@Module({
  imports: [IdempotencyModule, IntegrationsModule, SecretsModule, ParsingModule, ActionsModule, FlowsModule],
  controllers: [SchedulesController],
  providers: [
    SchedulesRepository,
    ScheduleRunsRepository,
    ScheduleDispatch,
    ScheduleTargets,
    ScheduleStores,
    SchedulesService,
    ScheduleMetrics,
    ScheduleOutcomes,
    ScheduleTables,
    ScheduleFiring,
    ScheduleTicker,
    ScheduleWorker,
    ScheduleRetention,
    FlowSchedules,
    ScheduleSecrets,
  ],
})
export class SchedulesModule {}
