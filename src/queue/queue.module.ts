import { Global, Module } from '@nestjs/common';
import { BossConnection } from './boss-connection.js';
import { BossJobQueue } from './boss-job-queue.js';
import { JobQueue } from './job-queue.js';
import { JobsRepository } from './jobs.repository.js';
import { QueueMetrics } from './queue-metrics.js';
import { QueueObserver } from './queue-observer.js';
import { QueueUpkeep } from './queue-upkeep.js';
import { QueueWorkers } from './queue-workers.js';

@Global()
@Module({
  providers: [
    BossConnection,
    JobsRepository,
    QueueMetrics,
    QueueObserver,
    QueueUpkeep,
    QueueWorkers,
    { provide: JobQueue, useClass: BossJobQueue },
  ],
  exports: [JobQueue],
})
export class QueueModule {}
