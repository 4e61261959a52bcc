import { type BeforeApplicationShutdown, Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { DatabaseStartup } from '../storage/database-startup.js';
import { JournalRetention } from './journal-retention.js';
import { type QueueConfig, queueConfig } from '../queue/queue.config.js';

/** Somebody may wait for these. */
const END_ORPHANS_EVERY_MS = 15_000;
/** Nobody waits for what is only in the way; a key that is over is given back to whoever asks for it. */
const SWEEP_EVERY_MS = 600_000;

/** Sweeps the journal at start and from time to time, in processes that do background work. */
@Injectable()
export class RunSweeper implements OnModuleInit, BeforeApplicationShutdown {
  #timer: NodeJS.Timeout | undefined;
  #sweep: Promise<void> = Promise.resolve();
  #sweptMs = -Infinity;
  #isStopped = false;

  constructor(
    private readonly retention: JournalRetention,
    private readonly startup: DatabaseStartup,
    @Inject(queueConfig.token) private readonly config: QueueConfig,
    @InjectPinoLogger('actions') private readonly log: PinoLogger,
  ) {}

  onModuleInit(): void {
    if (this.config.PROCESS_ROLE === 'web') return;
    this.startup.whenReady().then(
      () => this.#start(),
      () => undefined, // The start itself fails with this; there is nothing to sweep.
    );
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#timer);
    await this.#sweep;
  }

  #start(): void {
    if (this.#isStopped) return;
    this.#timer = setInterval(() => this.#run(), END_ORPHANS_EVERY_MS).unref();
    this.#run();
  }

  #run(): void {
    this.#sweep = this.#sweep
      .then(() => this.#work())
      .catch((error: unknown) =>
        this.log.warn({ err: error }, 'The journal could not be swept; trying again'),
      );
  }

  async #work(): Promise<void> {
    const nowMs = performance.now();
    if (nowMs - this.#sweptMs < SWEEP_EVERY_MS) return this.retention.endOrphans();
    await this.retention.sweep();
    this.#sweptMs = nowMs;
  }
}
