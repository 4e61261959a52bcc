import { Injectable } from '@nestjs/common';
import { SharedClock } from '../../clock/shared-clock.js';
import { Metrics } from '../../observability/metrics.js';
import { type FlowBacklog, FlowWorkRepository } from './flow-work.repository.js';

const STATES = ['ready', 'parked', 'running'] as const;

/** How many flow runs are under way, and how long they wait already: read from the database when somebody scrapes. */
@Injectable()
export class FlowBacklogMetrics {
  #reading: Promise<FlowBacklog> | undefined;

  constructor(
    metrics: Metrics,
    private readonly repository: FlowWorkRepository,
    private readonly clock: SharedClock,
  ) {
    metrics.gauge('flow_runs_open', 'Flow runs that have not ended, by what they wait for.', {
      labelNames: ['state'],
      collect: async (gauge) => {
        const backlog = await this.#backlog();
        for (const state of STATES) gauge.set({ state }, backlog[state]);
      },
    });
    metrics.gauge(
      'flow_runs_oldest_ready_seconds',
      'How long the first flow run that could go on has waited.',
      {
        collect: async (gauge) => gauge.set((await this.#backlog()).oldestReadySeconds),
      },
    );
  }

  /** One scrape, one query. */
  #backlog(): Promise<FlowBacklog> {
    this.#reading ??= this.repository.backlog(this.clock.now()).finally(() => (this.#reading = undefined));
    return this.#reading;
  }
}
