import { setImmediate as nextTurn } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import type { BacktestPage } from './backtest-page.js';
import { ExpressionEngine, type Expressions } from '../expressions/expression-engine.js';
import { type FlowsConfig, flowsConfig } from '../flows.config.js';

/** An engine with a process of its own, so that live flows never wait for a back-test. */
@Injectable()
export class BacktestExpressions extends ExpressionEngine {
  constructor(@Inject(flowsConfig.token) config: FlowsConfig) {
    super({ ...config, FLOW_EXPRESSION_PROCESSES: 1 });
  }

  /** Lets others go first before each evaluation, and gives up where the page is over. */
  on(page: BacktestPage): Expressions {
    const engine = this.of('backtest');
    const ready = async (): Promise<void> => {
      await nextTurn();
      page.throwIfOver();
    };
    return {
      expression: async (source, scope) => (await ready(), engine.expression(source, scope)),
      evaluateAll: async (sources, scope) => (await ready(), engine.evaluateAll(sources, scope)),
      matches: async (pattern, text) => (await ready(), engine.matches(pattern, text)),
    };
  }
}
