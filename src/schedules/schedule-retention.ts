import { Inject, Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { SharedClock } from '../clock/shared-clock.js';
import { StoredAnswers } from '../idempotency/stored-answers.js';
import { type QueueConfig, queueConfig } from '../queue/queue.config.js';
import { DatabaseStartup } from '../storage/database-startup.js';
import { ScheduleRunsRepository } from './schedule-runs.repository.js';
import { type SchedulesConfig, schedulesConfig } from './schedules.config.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const BATCH = 1000;

/** Deletes finished runs, and answers kept for repeats, once they are old, a batch at a time. */
@Injectable()
export class ScheduleRetention {
  constructor(
    private readonly runs: ScheduleRunsRepository,
    private readonly answers: StoredAnswers,
    private readonly startup: DatabaseStartup,
    @Inject(schedulesConfig.token) private readonly config: SchedulesConfig,
    @Inject(queueConfig.token) private readonly process: QueueConfig,
    @InjectPinoLogger('schedules') private readonly log: PinoLogger,
    private readonly clock: SharedClock,
  ) {}

  @Interval('schedule-retention', HOUR_MS)
  async sweepWhenReady(): Promise<void> {
    if (!this.startup.isReady || this.process.PROCESS_ROLE === 'web') return;
    try {
      await this.sweep();
      await this.answers.sweep();
    } catch (err) {
      this.log.warn({ err }, 'Old schedule runs could not be deleted; trying again');
    }
  }

  /** Answers how many runs it deleted. */
  async sweep(): Promise<number> {
    const days = this.config.SCHEDULE_RUN_RETENTION_DAYS;
    if (days === 0) return 0;
    const before = new Date(this.clock.nowMs() - days * DAY_MS);
    for (let total = 0; ;) {
      const deleted = await this.runs.deleteFinished(before, BATCH);
      total += deleted;
      if (deleted < BATCH) return total;
    }
  }
}
