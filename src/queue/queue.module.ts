import { Global, Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { BackgroundTasks } from './background-tasks.js';
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
  imports: [ScheduleModule.forRoot()],
  providers: [
    BackgroundTasks,
    BossConnection,
    JobsRepository,
    QueueMetrics,
    QueueObserver,
    QueueUpkeep,
    QueueWorkers,
    { provide: JobQueue, useClass: BossJobQueue },
  ],
  exports: [BackgroundTasks, JobQueue],
})
export class QueueModule {}
