import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { ClockWatch } from '../clock/clock-watch.js';
import { LEAST_STEP_MS, SharedClock } from '../clock/shared-clock.js';
import { DATABASE_ENGINE, type DatabaseEngine } from './database-engine.js';
import { DatabaseStartup } from './database-startup.js';

const READ_EVERY_MS = 30_000;

/** Keeps the shared clock the database's: read before anybody uses it, each half minute, and when this machine's was set. */
@Injectable()
export class SharedClockReader implements BeforeApplicationShutdown {
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(
    @Inject(DATABASE_ENGINE) private readonly engine: DatabaseEngine,
    private readonly clock: SharedClock,
    startup: DatabaseStartup,
    watch: ClockWatch,
    @InjectPinoLogger('clock') private readonly log: PinoLogger,
  ) {
    watch.onStep((stepMs) => {
      this.log.warn({ step_ms: Math.round(stepMs) }, "This machine's clock was set");
      if (startup.isReady) void this.#readAgain();
    });
    clock.onStep((stepMs) =>
      this.log.warn(
        { step_ms: Math.round(stepMs) },
        "The database's clock was set; what is due is worked out anew",
      ),
    );
    startup.beforeReady(() => this.#begin());
  }

  beforeApplicationShutdown(): void {
    this.#isStopped = true;
    clearInterval(this.#timer);
  }

  async #begin(): Promise<void> {
    await this.#read();
    const aheadMs = Math.round(this.clock.ownAheadMs);
    if (Math.abs(aheadMs) >= LEAST_STEP_MS) {
      this.log.warn(
        { ahead_ms: aheadMs },
        "This machine's clock is not the database's, by which what is due is judged",
      );
    }
    this.#timer = setInterval(() => void this.#readAgain(), READ_EVERY_MS).unref();
  }

  async #readAgain(): Promise<void> {
    if (this.#isStopped) return;
    await this.#read().catch((err: unknown) =>
      this.log.debug({ err }, "The database's clock cannot be read now"),
    );
  }

  async #read(): Promise<void> {
    const sentAtMs = performance.now();
    const { rows } = await this.engine.pool.query<{ now: Date }>('select clock_timestamp() as now');
    const [row] = rows;
    if (row) this.clock.learn({ saidMs: row.now.getTime(), sentAtMs, receivedAtMs: performance.now() });
  }
}
