import { Module } from '@nestjs/common';
import { IntegrationsModule } from '../integrations/integrations.module.js';
import { ParsingModule } from '../parsing/parsing.module.js';
import { SecretsModule } from '../secrets/secrets.module.js';
import { ActionMetrics } from './action-metrics.js';
import { CatalogueModule } from '../catalogue/catalogue.module.js';
import { ActionResolver } from './action-resolver.js';
import { ActionRunner } from './action-runner.js';
import { ActionRunsController } from './action-runs.controller.js';
import { ActionSender } from './action-sender.js';
import { ActionRunsRepository } from './action-runs.repository.js';
import { ActionsController } from './actions.controller.js';
import { ActionsService } from './actions.service.js';
import { AnswerBox } from './answer-box.js';
import { Confirmations } from './confirmations.js';
import { ConfirmationsRepository } from './confirmations.repository.js';
import { CutOffRuns } from './cut-off-runs.js';
import { FoundCreations } from './found-creations.js';
import { FoundCreationsRepository } from './found-creations.repository.js';
import { IdempotencyKeys } from './idempotency-keys.js';
import { JournalRetention } from './journal-retention.js';
import { JournalledRunner } from './journalled-runner.js';
import { KeyLifetime } from './key-lifetime.js';
import { LateOutcomes } from './late-outcomes.js';
import { RunHistoryRepository } from './run-history.repository.js';
import { RunHistoryService } from './run-history.service.js';
import { RunJournal } from './run-journal.js';
import { RunRecorder } from './run-recorder.js';

@Module({
  imports: [IntegrationsModule, SecretsModule, CatalogueModule, ParsingModule],
  controllers: [ActionsController, ActionRunsController],
  providers: [
    ActionResolver,
    ActionRunsRepository,
    RunHistoryRepository,
    KeyLifetime,
    LateOutcomes,
    RunJournal,
    CutOffRuns,
    FoundCreations,
    FoundCreationsRepository,
    IdempotencyKeys,
    ConfirmationsRepository,
    Confirmations,
    AnswerBox,
    RunRecorder,
    ActionSender,
    JournalledRunner,
    { provide: ActionRunner, useExisting: JournalledRunner },
    ActionsService,
    RunHistoryService,
    ActionMetrics,
    JournalRetention,
  ],
  exports: [ActionRunner],
})
export class ActionsModule {}
