import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { SharedClock } from '../clock/shared-clock.js';
import { BackgroundTasks } from '../queue/background-tasks.js';
import { ScheduleRunsRepository } from './schedule-runs.repository.js';
import { type SchedulesConfig, schedulesConfig } from './schedules.config.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const BATCH = 1000;

/** Deletes finished runs once they are old, a batch at a time. */
@Injectable()
export class ScheduleRetention implements OnModuleInit {
  constructor(
    private readonly runs: ScheduleRunsRepository,
    private readonly tasks: BackgroundTasks,
    @Inject(schedulesConfig.token) private readonly config: SchedulesConfig,
    private readonly clock: SharedClock,
  ) {}

  onModuleInit(): void {
    this.tasks.add({ name: 'schedule-retention', everyMs: HOUR_MS, run: (signal) => this.sweep(signal) });
  }

  /** Returns how many runs it deleted. */
  async sweep(signal?: AbortSignal): Promise<number> {
    const days = this.config.SCHEDULE_RUN_RETENTION_DAYS;
    if (days === 0) return 0;
    const before = new Date(this.clock.nowMs() - days * DAY_MS);
    for (let total = 0; ;) {
      const deleted = await this.runs.deleteFinished(before, BATCH);
      total += deleted;
      if (deleted < BATCH || signal?.aborted) return total;
    }
  }
}
