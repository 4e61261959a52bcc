import { Inject, Injectable } from '@nestjs/common';
import type { ParsedAction } from './action.js';
import { type ParsingConfig, parsingConfig } from './parsing.config.js';
import { RuleParser } from './rule-parser.js';

export interface ParseRequest {
  isModelWanted: boolean;
  timeZone: string | undefined;
  requestId: string;
}

/** Text to Action: by rule, or by the model with the rules to fall back on. */
@Injectable()
export class ParsingService {
  constructor(
    private readonly rules: RuleParser,
    @Inject(parsingConfig.token) readonly config: ParsingConfig,
  ) {}

  parse(text: string, { isModelWanted }: ParseRequest): ParsedAction | Promise<ParsedAction> {
    if (!isModelWanted) return { ...this.rules.parse(text), parser: 'rule' };
    return { ...this.rules.parse(text), parser: 'fallback' };
  }
}
