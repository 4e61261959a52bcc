import { HttpModule } from '@nestjs/axios';
import { Module } from '@nestjs/common';
import { RequestBudgetRepository } from '../budget/request-budget.repository.js';
import { ClockifyBudget } from './clockify-budget.js';
import { ClockifyGate } from './clockify-gate.js';
import { clockifyHosts } from './clockify-hosts.js';
import { ClockifyReader } from './clockify-reader.js';
import { ClockifySender } from './clockify-sender.js';
import { ClockifyTransport } from './clockify-transport.js';
import { ClockifyWriter } from './clockify-writer.js';
import { type ClockifyConfig, clockifyConfig } from './clockify.config.js';
import { ClockifyIntegration } from './clockify.integration.js';
import { ComplaintLog } from './complaint-log.js';
import { CreationRecovery } from './creation-recovery.js';
import { CurrentUser } from './current-user.js';
import { operationIndex } from './operations/operation-index.js';
import { RequestBuilder } from './request-builder.js';

@Module({
  imports: [HttpModule],
  providers: [
    {
      provide: RequestBuilder,
      useFactory: (config: ClockifyConfig) => new RequestBuilder(clockifyHosts(config), operationIndex()),
      inject: [clockifyConfig.token],
    },
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
  exports: [ClockifyIntegration, ClockifyReader],
})
export class ClockifyModule {}
