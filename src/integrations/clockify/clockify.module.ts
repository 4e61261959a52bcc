import { HttpModule } from '@nestjs/axios';
import { Module } from '@nestjs/common';
import { RequestBudgetRepository } from '../budget/request-budget.repository.js';
import { ClockifyBudget } from './http/clockify-budget.js';
import { ClockifyGate } from './http/clockify-gate.js';
import { ClockifyAccounts } from './account/clockify-accounts.js';
import { ClockifyReader } from './clockify-reader.js';
import { ClockifySender } from './http/clockify-sender.js';
import { ClockifyTransport } from './http/clockify-transport.js';
import { ClockifyWriter } from './clockify-writer.js';
import { ClockifyIntegration } from './clockify.integration.js';
import { ComplaintLog } from './http/complaint-log.js';
import { CreationRecovery } from './recovery/creation-recovery.js';
import { CurrentUser } from './recovery/current-user.js';
import { operationIndex } from './operations/operation-index.js';
import { RequestBuilder } from './http/request-builder.js';

@Module({
  imports: [HttpModule],
  providers: [
    { provide: RequestBuilder, useFactory: () => new RequestBuilder(operationIndex()) },
    ClockifyAccounts,
    RequestBudgetRepository,
    ClockifyBudget,
    ClockifyTransport,
    ComplaintLog,
    ClockifyGate,
    ClockifySender,
    ClockifyReader,
    CurrentUser,
    CreationRecovery,
    ClockifyWriter,
    ClockifyIntegration,
  ],
  exports: [ClockifyIntegration, ClockifyReader, ClockifyAccounts, ClockifyBudget],
})
export class ClockifyModule {}
