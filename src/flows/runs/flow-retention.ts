import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { SharedClock } from '../../clock/shared-clock.js';
import { BackgroundTasks } from '../../queue/background-tasks.js';
import { FlowRunsRepository } from './flow-runs.repository.js';
import { type FlowsConfig, flowsConfig } from '../flows.config.js';

const EVERY_MS = 3_600_000;
const DAY_MS = 86_400_000;
const BATCH = 1000;
const SUBJECTS_KEPT_DAYS = 180;

/** Deletes finished runs with their journals once they are old, a batch at a time. */
@Injectable()
export class FlowRetention implements OnModuleInit {
  constructor(
    private readonly runs: FlowRunsRepository,
    private readonly tasks: BackgroundTasks,
    @Inject(flowsConfig.token) private readonly config: FlowsConfig,
    @InjectPinoLogger('flows') private readonly log: PinoLogger,
    private readonly clock: SharedClock,
  ) {}

  onModuleInit(): void {
    this.tasks.add({ name: 'flow-retention', everyMs: EVERY_MS, run: (signal) => this.sweep(signal) });
  }

  /** Returns how many runs it deleted. */
  async sweep(signal?: AbortSignal): Promise<number> {
    const nowMs = this.clock.nowMs();
    await this.runs.deleteEffects(new Date(nowMs - this.config.FLOW_CHAIN_WINDOW_SECONDS * 1000));
    await this.runs.deleteSubjects(new Date(nowMs - SUBJECTS_KEPT_DAYS * DAY_MS));
    const days = this.config.FLOW_RUN_RETENTION_DAYS;
    if (days === 0) return 0;
    const runs = await this.#deleteBefore(new Date(nowMs - days * DAY_MS), signal);
    if (runs > 0) this.log.info({ runs }, 'Old flow runs deleted');
    return runs;
  }

  async #deleteBefore(before: Date, signal?: AbortSignal): Promise<number> {
    for (let total = 0; ;) {
      const deleted = signal?.aborted ? 0 : await this.runs.deleteFinished(before, BATCH);
      total += deleted;
      if (deleted < BATCH) return total;
    }
  }
}
