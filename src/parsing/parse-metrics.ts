import { Injectable } from '@nestjs/common';
import type { Counter } from 'prom-client';
import { Metrics } from '../observability/metrics.js';
import type { ParserName } from './action.js';

/** `parses_total` by who read the text and whether it was understood. */
@Injectable()
export class ParseMetrics {
  readonly #total: Counter<'parser' | 'outcome'>;

  constructor(metrics: Metrics) {
    this.#total = metrics.counter('parses_total', 'Texts read, by parser and outcome.', [
      'parser',
      'outcome',
    ]);
  }

  count(parser: ParserName, outcome: 'understood' | 'refused'): void {
    this.#total.inc({ parser, outcome });
  }
}
