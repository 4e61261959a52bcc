import { HttpModule } from '@nestjs/axios';
import { Module } from '@nestjs/common';
import { IntegrationsModule } from '../integrations/integrations.module.js';
import { ModelClient } from './model/model.client.js';
import { ModelParser } from './model/model-parser.js';
import { OperationCandidates } from './model/operation-candidates.js';
import { ParseMetrics } from './parse-metrics.js';
import { ParsingController } from './parsing.controller.js';
import { ParsingService } from './parsing.service.js';
import { RuleParser } from './rule/rule-parser.js';

@Module({
  imports: [IntegrationsModule, HttpModule],
  controllers: [ParsingController],
  providers: [RuleParser, OperationCandidates, ModelClient, ModelParser, ParseMetrics, ParsingService],
  exports: [ParsingService],
})
export class ParsingModule {}
