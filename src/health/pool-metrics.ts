import { Inject, Injectable } from '@nestjs/common';
import { Metrics } from '../observability/metrics.js';
import { DATABASE_ENGINE, type DatabaseEngine } from '../storage/database-engine.js';

/** The database pool, read when somebody scrapes. */
@Injectable()
export class PoolMetrics {
  constructor(metrics: Metrics, @Inject(DATABASE_ENGINE) engine: DatabaseEngine) {
    metrics.gauge('database_pool_connections', 'Connections of the database pool, by what they do.', {
      labelNames: ['state'],
      collect(gauge) {
        const { totalCount, idleCount, waitingCount } = engine.pool;
        gauge.set({ state: 'busy' }, totalCount - idleCount);
        gauge.set({ state: 'idle' }, idleCount);
        gauge.set({ state: 'waited_for' }, waitingCount);
      },
    });
    metrics.tally(
      'database_statements_total',
      'Statements that the database has carried out for the pool.',
      () => engine.statements.total,
    );
  }
}
