import { Module } from '@nestjs/common';
import { IntegrationsModule } from '../integrations/integrations.module.js';
import { ParsingController } from './parsing.controller.js';
import { ParsingService } from './parsing.service.js';
import { RuleParser } from './rule-parser.js';

@Module({
  imports: [IntegrationsModule],
  controllers: [ParsingController],
  providers: [RuleParser, ParsingService],
  exports: [ParsingService],
})
export class ParsingModule {}
