import { Module } from '@nestjs/common';
import { ClockifyModule } from '../integrations/clockify/clockify.module.js';
import { SourcesModule } from '../sources/sources.module.js';
import { ClockifyLedgerClient } from './clockify-ledger.client.js';
import { ClockifyLedgerRunner } from './clockify-ledger.runner.js';
import { ClockifyLedgerService } from './clockify-ledger.service.js';

@Module({
  imports: [ClockifyModule, SourcesModule],
  providers: [ClockifyLedgerClient, ClockifyLedgerRunner, ClockifyLedgerService],
})
export class LedgerModule {}
