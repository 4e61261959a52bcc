import { Global, Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { BackgroundTasks } from './background-tasks.js';
import { DatabaseJobQueue } from './database-job-queue.js';
import { FormerQueue } from './former-queue.js';
import { FormerQueueRepository } from './former-queue.repository.js';
import { JobLinesRepository } from './job-lines.repository.js';
import { JobQueue } from './job-queue.js';
import { JobUpkeepRepository } from './job-upkeep.repository.js';
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
    FormerQueue,
    FormerQueueRepository,
    JobLinesRepository,
    JobsRepository,
    JobUpkeepRepository,
    QueueMetrics,
    QueueObserver,
    QueueUpkeep,
    QueueWorkers,
    { provide: JobQueue, useClass: DatabaseJobQueue },
  ],
  exports: [BackgroundTasks, JobQueue],
})
export class QueueModule {}
