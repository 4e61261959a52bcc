import { type BeforeApplicationShutdown, Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { SharedClock } from '../clock/shared-clock.js';
import { type QueueConfig, queueConfig } from '../queue/queue.config.js';
import { DatabaseStartup } from '../storage/database-startup.js';
import { FlowRunsRepository } from './flow-runs.repository.js';
import { type FlowsConfig, flowsConfig } from './flows.config.js';

const EVERY_MS = 3_600_000;
const DAY_MS = 86_400_000;
const BATCH = 1000;
const SUBJECTS_KEPT_DAYS = 180;

/** Deletes finished runs with their journals once they are old, a batch at a time. */
@Injectable()
export class FlowRetention implements OnModuleInit, BeforeApplicationShutdown {
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;
  #sweep: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly runs: FlowRunsRepository,
    private readonly startup: DatabaseStartup,
    @Inject(flowsConfig.token) private readonly config: FlowsConfig,
    @Inject(queueConfig.token) private readonly process: QueueConfig,
    @InjectPinoLogger('flows') private readonly log: PinoLogger,
    private readonly clock: SharedClock,
  ) {}

  onModuleInit(): void {
    if (this.process.PROCESS_ROLE === 'web') return;
    this.startup.whenReady().then(
      () => this.#start(),
      () => undefined, // The start of the service says so itself, and ends it.
    );
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#timer);
    await this.#sweep;
  }

  /** Answers how many runs it deleted. */
  async sweep(): Promise<number> {
    const nowMs = this.clock.nowMs();
    await this.runs.deleteEffects(new Date(nowMs - this.config.FLOW_CHAIN_WINDOW_SECONDS * 1000));
    await this.runs.deleteSubjects(new Date(nowMs - SUBJECTS_KEPT_DAYS * DAY_MS));
    const days = this.config.FLOW_RUN_RETENTION_DAYS;
    if (days === 0) return 0;
    const before = new Date(nowMs - days * DAY_MS);
    for (let total = 0; ;) {
      const deleted = this.#isStopped ? 0 : await this.runs.deleteFinished(before, BATCH);
      total += deleted;
      if (deleted < BATCH) return total;
    }
  }

  #start(): void {
    if (this.#isStopped) return;
    this.#timer = setInterval(() => this.#run(), EVERY_MS).unref();
    this.#run();
  }

  #run(): void {
    this.#sweep = this.sweep()
      .then((runs) => runs > 0 && this.log.info({ runs }, 'Old flow runs deleted'))
      .catch((err: unknown) => this.log.warn({ err }, 'Old flow runs could not be deleted; trying again'));
  }
}
