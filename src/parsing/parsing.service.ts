import { Inject, Injectable } from '@nestjs/common';
import type { Reach } from '../access/reach.js';
import type { ParsedAction } from './action.js';
import { ModelParser } from './model/model-parser.js';
import { ParseMetrics } from './parse-metrics.js';
import { type ParsingConfig, parsingConfig } from './parsing.config.js';
import { NotUnderstoodError, ParseError } from './parsing.errors.js';
import { RuleParser } from './rule/rule-parser.js';

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
    private readonly model: ModelParser,
    private readonly metrics: ParseMetrics,
    @Inject(parsingConfig.token) private readonly config: ParsingConfig,
  ) {}

  /** What the text says, if whoever says it may do that. */
  async parseWithin(reach: Reach, text: string, request: ParseRequest): Promise<ParsedAction> {
    const action = await this.parse(text, request);
    const workspaceId = action.params['workspaceId'];
    reach.demandAction({ ...action, workspaceId: typeof workspaceId === 'string' ? workspaceId : null });
    return action;
  }

  parse(text: string, request: ParseRequest): ParsedAction | Promise<ParsedAction> {
    return request.isModelWanted ? this.#byModel(text, request) : this.#byRule(text);
  }

  #byRule(text: string): ParsedAction {
    let isUnderstood = false;
    try {
      const action: ParsedAction = { ...this.rules.parse(text), parser: 'rule' };
      isUnderstood = true;
      return action;
    } finally {
      this.metrics.count('rule', isUnderstood ? 'understood' : 'refused');
    }
  }

  async #byModel(text: string, { timeZone, requestId }: ParseRequest): Promise<ParsedAction> {
    const context = {
      requestId,
      timeZone: timeZone ?? this.config.DEFAULT_TIME_ZONE,
      isZoneAssumed: timeZone === undefined,
    };
    try {
      const action = await this.model.parse(text, context);
      this.metrics.count('llm', 'understood');
      return { ...action, parser: 'llm' };
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      this.metrics.count('llm', 'refused');
      return this.#byFallback(text, error.message);
    }
  }

  #byFallback(text: string, llm: string): ParsedAction {
    try {
      const action: ParsedAction = { ...this.rules.parse(text), parser: 'fallback' };
      this.metrics.count('fallback', 'understood');
      return action;
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      this.metrics.count('fallback', 'refused');
      throw new NotUnderstoodError({ llm, rule: error });
    }
  }
}
